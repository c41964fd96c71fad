package model

import "time"

// Operation is a kind of work in the forward pass.
type Operation int

// The operations, in the order of a layer.
const (
	OpEmbedding Operation = iota
	OpRounding            // activations to 8 bits
	OpQKV
	OpAttention
	OpOut
	OpUp
	OpActivation
	OpDown
	OpNorm
	OpPool
	Operations
)

var operationNames = [Operations]string{
	"embedding", "rounding", "qkv", "attention", "out", "up", "activation", "down", "norm", "pool",
}

// String implements fmt.Stringer.
func (o Operation) String() string { return operationNames[o] }

// Meter adds up where the time of an encoder goes.
type Meter struct {
	Clock    func() time.Duration // of the thread that encodes
	Time     [Operations]time.Duration
	Products [Operations]int64 // multiplications with an addition
	last     time.Duration
}

// Start begins a stretch that is measured.
func (m *Meter) Start() { m.last = m.Clock() }

// lap gives the time since the last lap to an operation.
func (m *Meter) lap(o Operation, products int64) {
	if m == nil {
		return
	}
	now := m.Clock()
	m.Time[o] += now - m.last
	m.Products[o] += products
	m.last = now
}

// product is lap for a product of rows × k by k × n.
func (m *Meter) product(o Operation, rows, n, k int) {
	m.lap(o, int64(rows)*int64(n)*int64(k))
}
