package mcp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"sluice/internal/defence"
	"sluice/internal/limits"
)

// RequestBytesMax is the longest request that is read: the longest question, every byte of it
// escaped. A longer one is refused and skipped, without being held.
const RequestBytesMax = 6*limits.QueryBytesMax + 64<<10

// inFlightMax is how many requests are read before the first of them is answered. Each may hold a
// window and what it was made of, so what else a client sends waits in the pipe.
const inFlightMax = 16

// drainMax is how long answers that are due are waited for once the client has closed its end.
const drainMax = 30 * time.Second

// lines is a transport of one JSON-RPC message a line. The SDK's own ends the session at the first
// line that it cannot read; this one answers it with an error.
type lines struct {
	in  io.Reader
	out io.Writer
}

// Connect implements the SDK's Transport.
func (t *lines) Connect(context.Context) (sdk.Connection, error) {
	c := newLineConn(t.out)
	go c.readAll(t.in)
	return c, nil
}

func newLineConn(out io.Writer) *lineConn {
	inFlight := inFlightMax
	if !defence.Stands(defence.InFlight) {
		inFlight = 1 << 20
	}
	return &lineConn{out: out, messages: make(chan jsonrpc.Message), closed: make(chan struct{}),
		pending: map[jsonrpc.ID]bool{}, idle: make(chan struct{}, 1), slots: make(chan struct{}, inFlight)}
}

// lineConn is one session. Requests that were read and not yet answered are counted, so that a
// client which closes its end after its last request still gets every answer.
type lineConn struct {
	messages  chan jsonrpc.Message
	closed    chan struct{}
	closeOnce sync.Once

	mu      sync.Mutex // guards out and pending
	out     io.Writer
	pending map[jsonrpc.ID]bool
	idle    chan struct{} // gets a value when pending has become empty
	slots   chan struct{} // holds a value for each of pending
}

// SessionID implements the SDK's Connection: a pair of streams has one session, without a name.
func (c *lineConn) SessionID() string { return "" }

// Read implements the SDK's Connection. At the end of the input it waits for the answers that are
// due.
func (c *lineConn) Read(ctx context.Context) (jsonrpc.Message, error) {
	select {
	case m, ok := <-c.messages:
		if ok {
			return m, nil
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.closed:
		return nil, io.EOF
	}
	patience := time.NewTimer(drainMax)
	defer patience.Stop()
	for c.busy() {
		select {
		case <-c.idle:
		case <-patience.C:
			return nil, io.EOF
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.closed:
			return nil, io.EOF
		}
	}
	return nil, io.EOF
}

func (c *lineConn) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.pending) > 0
}

// Write implements the SDK's Connection.
func (c *lineConn) Write(_ context.Context, m jsonrpc.Message) error {
	b, err := jsonrpc.EncodeMessage(m)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := m.(*jsonrpc.Response); ok && c.pending[r.ID] {
		delete(c.pending, r.ID)
		<-c.slots
		if len(c.pending) == 0 {
			select {
			case c.idle <- struct{}{}:
			default:
			}
		}
	}
	_, err = c.out.Write(append(b, '\n'))
	return err
}

// Close implements the SDK's Connection. The goroutine that reads ends with its stream.
func (c *lineConn) Close() error {
	c.closeOnce.Do(func() { close(c.closed) })
	return nil
}

// readAll reads lines until the stream or the session ends.
func (c *lineConn) readAll(in io.Reader) {
	defer close(c.messages)
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := readLine(r)
		if errors.Is(err, errTooLong) {
			c.refuse(jsonrpc.ID{}, jsonrpc.CodeInvalidRequest, fmt.Sprintf("the request is longer than %d bytes", RequestBytesMax))
			continue
		}
		if len(bytes.TrimSpace(line)) > 0 && !c.deliver(line) {
			return
		}
		if err != nil {
			return
		}
	}
}

var errTooLong = errors.New("line too long")

// readLine reads one line. A line beyond RequestBytesMax is read to its end, dropped, and
// errTooLong.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > RequestBytesMax {
			long, line = true, nil
		}
		if !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case long && (err == nil || errors.Is(err, io.EOF)):
			return nil, errTooLong // at the end of the stream the next call says so
		}
		return line, err
	}
}

// deliver hands a line's message to the session, or answers a line that holds none. It returns
// false when the session has ended.
func (c *lineConn) deliver(line []byte) bool {
	if !json.Valid(line) {
		return c.refuse(jsonrpc.ID{}, jsonrpc.CodeParseError, "the line is not JSON; send one JSON-RPC message a line")
	}
	m, err := jsonrpc.DecodeMessage(line)
	if r, ok := m.(*jsonrpc.Request); err == nil && ok && r.ID.IsValid() && !c.room() {
		return false
	}
	if err == nil {
		err = c.expect(m)
	}
	if err != nil {
		return c.refuse(idOf(line), jsonrpc.CodeInvalidRequest, "not a JSON-RPC 2.0 message that can be answered: "+err.Error())
	}
	select {
	case c.messages <- m:
		return true
	case <-c.closed:
		return false
	}
}

// room waits until one more request may be in flight; false when the session has ended.
func (c *lineConn) room() bool {
	select {
	case c.slots <- struct{}{}:
		return true
	case <-c.closed:
		return false
	}
}

// expect notes that a request, for which there is room, is due an answer. It refuses an id that is
// in use: two answers could not be told apart.
func (c *lineConn) expect(m jsonrpc.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch m := m.(type) {
	case *jsonrpc.Request:
		if !m.ID.IsValid() {
			return nil // a notification
		}
		if c.pending[m.ID] {
			<-c.slots
			return errors.New("the id is that of a request that is not answered yet")
		}
		c.pending[m.ID] = true
	case *jsonrpc.Response:
		if m.Result == nil && m.Error == nil {
			return errors.New("it has neither method nor result nor error")
		}
	}
	return nil
}

// idOf finds the id of a message that is otherwise malformed.
func idOf(line []byte) jsonrpc.ID {
	var m struct {
		ID any `json:"id"`
	}
	if json.Unmarshal(line, &m) != nil {
		return jsonrpc.ID{}
	}
	id, err := jsonrpc.MakeID(m.ID)
	if err != nil {
		return jsonrpc.ID{}
	}
	return id
}

// refuse answers a line that never reaches the session. The SDK's encoder leaves an absent id out,
// while JSON-RPC asks for null.
func (c *lineConn) refuse(id jsonrpc.ID, code int, message string) bool {
	b, err := json.Marshal(map[string]any{
		"jsonrpc": "2.0", "id": id.Raw(), "error": map[string]any{"code": code, "message": message},
	})
	if err != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err = c.out.Write(append(b, '\n'))
	return err == nil
}
