package lanes

func columnsGeneric(dst, x []float32, dim int) {
	n := len(x) / dim
	for j := range dim {
		column := dst[j*n : (j+1)*n]
		for i, k := 0, j; i < len(column) && k < len(x); i, k = i+1, k+dim {
			column[i] = x[k]
		}
	}
}

func rowsGeneric(dst, x []float32, dim int) {
	n := len(x) / dim
	for j := range dim {
		k := j
		for _, v := range x[j*n : (j+1)*n] {
			dst[k] = v
			k += dim
		}
	}
}

// splitPairsGeneric computes even[i], odd[i] = x[2i], x[2i+1].
func splitPairsGeneric(even, odd, x []float32) {
	for i := range even {
		even[i], odd[i] = x[2*i], x[2*i+1]
	}
}

// joinPairsGeneric computes dst[2i], dst[2i+1] = even[i], odd[i].
func joinPairsGeneric(dst, even, odd []float32) {
	for i, v := range even {
		dst[2*i], dst[2*i+1] = v, odd[i]
	}
}
