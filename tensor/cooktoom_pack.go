package tensor

import "anila/asm/cooktoom"

// packSide is the number of outputs of a task of pack.
const packSide = 16

// packTasks is the number of tasks of pack: blocks of outputs.
func (k *cookToom) packTasks() int { return k.OutC / packSide }

// pack writes U = G·w·Gᵀ of packSide outputs for the forward, [point][panel of nr
// outputs][phase and input][nr], and the input gradient, [point][panel of nr
// phases and inputs][output][nr]: 16 filters at a time, those that lie together
// in the row that is written.
func (k *cookToom) pack(forward, backward, oihw []float32, task int) {
	inputs, point, first := 4*k.InC, 4*k.InC*k.OutC, task*packSide
	transform := cooktoom.Weights4x2
	if k.side == 2 {
		transform = cooktoom.Weights2x2
	}
	for phase := range 4 {
		taps := phase/2*4 + phase%2
		for i := range k.InC {
			f := forward[(first/k.nr*inputs+phase*k.InC+i)*k.nr+first%k.nr:]
			transform(f, point, oihw[(first*k.InC+i)*16+taps:], 16*k.InC)
		}
		for i := 0; i < k.InC; i += 16 {
			q := phase*k.InC + i
			for o := first; o < first+packSide; o++ {
				g := backward[(q/k.nr*k.OutC+o)*k.nr+q%k.nr:]
				transform(g, point, oihw[(o*k.InC+i)*16+taps:], 16)
			}
		}
	}
}
