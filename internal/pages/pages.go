// Package pages gives memory that the garbage collector neither moves nor knows: whole pages of the
// system's, kept from being swapped out where the system permits it.
package pages

// Pages is a stretch of anonymous memory. Close it; its bytes must not be used afterwards.
type Pages struct {
	bytes  []byte
	locked bool
	free   func([]byte) error
}

// Bytes are the memory.
func (p *Pages) Bytes() []byte { return p.bytes }

// Locked tells whether the system keeps the pages in memory. What is not locked may be swapped out:
// what is read then may come from the disk.
func (p *Pages) Locked() bool { return p.locked }

// Close gives the memory back. A second call does nothing.
func (p *Pages) Close() error {
	if p.bytes == nil {
		return nil
	}
	b := p.bytes
	p.bytes = nil
	return p.free(b)
}

// New returns at least size bytes, as whole pages of Size bytes.
func New(size int) (*Pages, error) {
	size = (max(size, 1) + Size - 1) / Size * Size
	bytes, locked, free, err := allocate(size)
	if err != nil {
		return nil, err
	}
	return &Pages{bytes: bytes, locked: locked, free: free}, nil
}

// Size is the unit of New. It is a page of the smallest kind that the supported systems have.
const Size = 4096
