package model

import "sluice/quant"

// stack is matrices of k columns that stand one below the other, n rows in all.
type stack struct {
	n, k    int
	values  []float32
	rounded *Rounded  // instead of values, where the file holds all of them rounded alike
	bias    []float32 // nil: none
	balance []float32 // what inputs are multiplied by before they meet what is rounded; nil: nothing
}

// part is the rows from … to−1.
func (s stack) part(from, to int) stack {
	if s.n == 0 {
		return s // it could not be read
	}
	out := stack{n: to - from, k: s.k, balance: s.balance}
	if s.bias != nil {
		out.bias = s.bias[from:to]
	}
	if s.rounded == nil {
		out.values = s.values[from*s.k : to*s.k]
		return out
	}
	blocks := s.k / s.rounded.Block
	out.rounded = &Rounded{Format: s.rounded.Format, Block: s.rounded.Block,
		Levels: s.rounded.Levels[from*s.k : to*s.k], Steps: s.rounded.Steps[from*blocks : to*blocks]}
	return out
}

// stack reads matrices and their biases.
func (r *reader) stack(n, k int, names ...string) stack {
	s := stack{n: n, k: k}
	if s.rounded = r.roundedStack(n/len(names), k, names); s.rounded == nil {
		for _, name := range names {
			s.values = append(s.values, r.tensor(name+".weight", n/len(names), k)...)
		}
	}
	for _, name := range names {
		if r.has(name + ".bias") {
			s.bias = append(s.bias, r.tensor(name+".bias", n/len(names))...)
		}
	}
	if balance := balanceName(names[0]); r.has(balance) {
		if s.balance = r.tensor(balance, k); s.rounded == nil && r.err == nil {
			s.values, s.balance = multiplied(s.values, s.balance), nil
		}
	}
	if len(s.bias) != 0 && len(s.bias) != n {
		r.fail("of %v some have a bias and some have none", names)
	}
	if r.err != nil {
		return stack{}
	}
	return s
}

// roundedStack gives the matrices as the file rounded them; nil where it did not, or otherwise than
// the products want.
func (r *reader) roundedStack(n, k int, names []string) *Rounded {
	whole := &Rounded{}
	for i, name := range names {
		one := r.rounded(name+".weight", n, k)
		if one == nil || !r.options.takes(one, k) || i > 0 && (one.Format != whole.Format || one.Block != whole.Block) {
			return nil
		}
		whole.Format, whole.Block = one.Format, one.Block
		whole.Levels, whole.Steps = append(whole.Levels, one.Levels...), append(whole.Steps, one.Steps...)
	}
	return whole
}

// rounded reads a tensor that the file holds rounded; nil for others.
func (r *reader) rounded(name string, n, k int) *Rounded {
	t, ok := r.tensors.(RoundedTensors)
	if shape := r.tensors.Shape(name); r.err != nil || !ok || len(shape) != 2 || shape[0] != n || shape[1] != k {
		return nil
	}
	one, err := t.Rounded(name)
	if err != nil {
		r.fail("the tensor %s: %w", name, err)
	}
	return one
}

// takes says whether rounded weights can be multiplied as they are.
func (o Options) takes(w *Rounded, k int) bool {
	switch o.Precision {
	case Int8:
		return w.Format == quant.Int8 && w.Block == k
	case Int4, FP4:
		return w.Format == formats[o.Precision] && w.Block%8 == 0 && k%w.Block == 0
	}
	return false
}
