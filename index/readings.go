package index

import "sync"

// Readings are vectors of passages that a model read while a question waited. They are kept until a
// fill has stored them, or others have taken their room. It is safe for concurrent use.
type Readings struct {
	mu    sync.Mutex
	byID  map[[10]byte][]float32
	order [][10]byte // in which they came
}

// readingsMax bounds the memory: 384 values each make 15 MB.
const readingsMax = 10_000

// Put keeps the vector of a passage; without readings nobody does.
func (r *Readings) Put(id [10]byte, vector []float32) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID == nil {
		r.byID = map[[10]byte][]float32{}
	}
	if _, ok := r.byID[id]; !ok {
		if len(r.order) == readingsMax {
			delete(r.byID, r.order[0])
			r.order = r.order[1:]
		}
		r.order = append(r.order, id)
	}
	r.byID[id] = vector
}

// Get returns the vector of a passage; nil when there is none.
func (r *Readings) Get(id [10]byte) []float32 {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byID[id]
}

// Len is how many there are.
func (r *Readings) Len() int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.byID)
}
