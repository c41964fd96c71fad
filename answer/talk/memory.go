package talk

import (
	"crypto/sha256"
	"sync"
)

// Passage is what was shown to a model under a number.
type Passage struct {
	N       int
	IDs     [][10]byte // of the passages that it is made of
	Source  string
	Path    string
	Framed  string // as it stood in the message, without its number
	Text    string
	Around  string
	Version string // of what it said; another one is another passage
}

// Turn is what one message of the user was sent with.
type Turn struct {
	Passages []Passage
	Index    []int // what mattered to the question, best first
}

// Key names a conversation by all that was said in it up to a message of the user.
type Key [sha256.Size]byte

// Keys are the names of a conversation at each of its messages. The caller is who talks, and what
// they may see: nobody is reminded of what another was shown.
func Keys(caller string, messages []Message) []Key {
	keys := make([]Key, len(messages))
	h := sha256.New()
	write := func(s string) { _, _ = h.Write([]byte(itoa(len(s)) + ":" + s)) }
	write(caller)
	for i, m := range messages {
		if m.Role == "user" || m.Role == "system" || m.Role == "developer" { // what was answered came from here
			write(m.Role)
			write(m.Content)
		}
		h.Sum(keys[i][:0])
	}
	return keys
}

func itoa(n int) string {
	if n >= 10 {
		return itoa(n/10) + itoa(n%10)
	}
	return string(rune('0' + n))
}

const (
	turnsMax = 4096      // that are remembered
	bytesMax = 256 << 20 // of their passages
)

// Memory keeps the turns of conversations, the latest ones. It is safe for concurrent use. What it
// holds is only ever sent again after the store was asked whether it still stands.
type Memory struct {
	mu    sync.Mutex
	turns map[Key]*remembered
	order []Key // oldest first
	bytes int
}

type remembered struct {
	turn  Turn
	bytes int
}

// Get returns what a message was sent with.
func (m *Memory) Get(k Key) (Turn, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.turns[k]
	if r == nil {
		return Turn{}, false
	}
	return r.turn, true
}

// Put remembers what a message was sent with.
func (m *Memory) Put(k Key, t Turn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.turns == nil {
		m.turns = map[Key]*remembered{}
	}
	size := 0
	for _, p := range t.Passages {
		size += len(p.Framed) + len(p.Text) + len(p.Around)
	}
	if old := m.turns[k]; old != nil {
		m.bytes -= old.bytes
	} else {
		m.order = append(m.order, k)
	}
	m.turns[k] = &remembered{t, size}
	m.bytes += size
	for len(m.order) > 1 && (len(m.order) > turnsMax || m.bytes > bytesMax) {
		m.bytes -= m.turns[m.order[0]].bytes
		delete(m.turns, m.order[0])
		m.order = m.order[1:]
	}
}
