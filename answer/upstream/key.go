package upstream

import "fmt"

// Key is a secret that is sent to a server. However it is printed, it says nothing.
type Key string

const hidden = "(a key)"

// Format implements fmt.Formatter, for every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText implements encoding.TextMarshaler.
func (k Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }
