package tensor

// packSide is the number of filters that are transformed together, and of outputs
// of a task of pack.
const packSide = 16

// pack writes U = G·w·Gᵀ for the forward, [point][panel of nr outputs][phase and
// input][nr], and the input gradient, [point][panel of nr phases and
// inputs][output][nr].
func (k *tiled) pack(forward, backward, oihw []float32, team *Workers) {
	phases := k.phases()
	if team.Count() == 1 {
		for task := range k.OutC / packSide * phases {
			k.packOutputs(forward, backward, oihw, task/phases*packSide, task%phases)
		}
		return
	}
	team.Run(k.OutC/packSide*phases, func(_, task int) {
		k.packOutputs(forward, backward, oihw, task/phases*packSide, task%phases)
	})
}

// packOutputs packs the weights of packSide outputs for a phase: 16 filters at a time,
// those that lie together in the row that is written.
func (k *tiled) packOutputs(forward, backward, oihw []float32, first, phase int) {
	size, point := k.KernelH*k.KernelW, k.inputs()*k.OutC
	taps := phase/k.Stride*k.KernelW + phase%k.Stride
	for i := range k.InC {
		f := forward[(first/k.nr*k.inputs()+phase*k.InC+i)*k.nr+first%k.nr:]
		k.weights(f, point, oihw[(first*k.InC+i)*size+taps:], size*k.InC, false)
	}
	for i := 0; i < k.InC; i += packSide {
		q := phase*k.InC + i
		for o := first; o < first+packSide; o++ {
			b := backward[(q/k.nr*k.OutC+o)*k.nr+q%k.nr:]
			k.weights(b, point, oihw[(o*k.InC+i)*size+taps:], size, true)
		}
	}
}
