package cooktoom

// Places says where a patch or a tile lies: place (i, j), channels together, starts
// at Origin + i·Row + j·Column, and the places in rows [Top, Bottom) and columns
// [Left, Right) are in the image. The others are zero where they are read and left
// alone where they would be written.
type Places struct {
	Origin, Row, Column      int
	Top, Bottom, Left, Right int
}

// in reports whether place (i, j) is in the image.
func (p *Places) in(i, j int) bool {
	return i >= p.Top && i < p.Bottom && j >= p.Left && j < p.Right
}

// at is where place (i, j) starts.
func (p *Places) at(i, j int) int { return p.Origin + i*p.Row + j*p.Column }

// must holds the places in the image to a slice of a length.
func (p *Places) must(have, channels int) {
	mustChannels(channels)
	if p.Bottom <= p.Top || p.Right <= p.Left || min(p.Row, p.Column) < channels || p.at(p.Top, p.Left) < 0 {
		panic("cooktoom: Cook–Toom places before their slice")
	}
	mustReach(have, p.at(p.Bottom-1, p.Right-1)+channels)
}

// edges returns the sides on which a row or a column of side×side places is outside of
// the image, as the assembly reads them, and whether nothing else is.
func (p *Places) edges(side int) (edges int, ring bool) {
	for i, outside := range [4]bool{p.Top > 0, p.Bottom < side, p.Left > 0, p.Right < side} {
		if outside {
			edges |= 1 << i
		}
	}
	return edges, max(p.Top, p.Left) <= 1 && min(p.Bottom, p.Right) >= side-1
}

// whole reports whether side×side places are in the image.
func (p *Places) whole(side int) bool {
	return p.Top == 0 && p.Left == 0 && p.Bottom == side && p.Right == side
}

// First says which sides of a patch have nothing of an earlier tile in them. The
// assembly of F(4×4, 2×2) reads it above the four bits of edges.
type First uint8

const (
	FirstTop  First = 1 << iota // row 0
	FirstLeft                   // column 0
)

// at reports whether nothing is in place (i, j).
func (f First) at(i, j int) bool {
	return (i > 0 || f&FirstTop != 0) && (j > 0 || f&FirstLeft != 0)
}

func mustChannels(channels int) {
	if channels < 16 || channels%16 != 0 {
		panic("cooktoom: Cook–Toom transforms take multiples of 16 channels")
	}
}

func mustReach(have, need int) {
	if have < need {
		panic("cooktoom: Cook–Toom transform outside its slice")
	}
}
