package tensor

// packSide is the number of outputs and of inputs of a block of weights that is
// transformed before its rows are copied to their places: one by one, the 25
// values of a tile would go to places that are a power of two apart.
const packSide = 16

// packTasks is the number of tasks of pack: blocks of outputs.
func (k *cookToom) packTasks() int { return k.OutC / packSide }

// pack writes U = G·w·Gᵀ of packSide outputs for the forward, [point][panel of nr
// outputs][phase and input][nr], and the input gradient, [point][panel of nr
// phases and inputs][output][nr].
func (k *cookToom) pack(forward, backward, oihw []float32, task int) {
	type block [packSide*packSide + packSide]float32
	var byInput, byOutput [cookToomPoints]block
	inputs, first := 4*k.InC, task*packSide
	for from := 0; from < k.InC; from += packSide {
		for phase := range 4 {
			a, b := phase/2, phase%2
			for o := range packSide {
				for i := range packSide {
					w := (*[16]float32)(oihw[((first+o)*k.InC+from+i)*16:])
					x0, x1, x2, x3, x4 := cookToomTaps(w[4*a+b], w[4*a+b+8])
					y0, y1, y2, y3, y4 := cookToomTaps(w[4*a+b+2], w[4*a+b+10])
					at, turned := i*packSide+o, o*packSide+i
					for r, v := range [5][2]float32{{x0, y0}, {x1, y1}, {x2, y2}, {x3, y3}, {x4, y4}} {
						u0, u1, u2, u3, u4 := cookToomTaps(v[0], v[1])
						f, g := (*[5]block)(byInput[5*r:]), (*[5]block)(byOutput[5*r:])
						f[0][at], f[1][at], f[2][at], f[3][at], f[4][at] = u0, u1, u2, u3, u4
						g[0][turned], g[1][turned], g[2][turned], g[3][turned], g[4][turned] = u0, u1, u2, u3, u4
					}
				}
			}
			q := phase*k.InC + from
			for p := range cookToomPoints {
				f := forward[p*inputs*k.OutC+(first/k.nr*inputs+q)*k.nr+first%k.nr:]
				g := backward[p*inputs*k.OutC+(q/k.nr*k.OutC+first)*k.nr+q%k.nr:]
				for r := range packSide {
					copy(f[r*k.nr:][:packSide], byInput[p][r*packSide:])
					copy(g[r*k.nr:][:packSide], byOutput[p][r*packSide:])
				}
			}
		}
	}
}

// cookToomTaps is G·(x, y) with G by rows (2 0), (1 1), (−⅓ ⅓), (−8/3 −4/3),
// (0 1).
func cookToomTaps(x, y float32) (u0, u1, u2, u3, u4 float32) {
	return 2 * x, x + y, (y - x) * (1. / 3), (2*x + y) * (-4. / 3), y
}
