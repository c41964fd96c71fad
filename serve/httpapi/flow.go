package httpapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"

	"sluice/serve"
)

// flow passes one stream of a model on while it comes. Calls of our tool are taken out of it. What
// comes behind one waits until it is known whether the client has a call too: if not, the stream
// is not the answer, and the client hears nothing of it.
type flow struct {
	*passing
	reply  *serve.Relayed
	own    []toolCall
	place  map[int]int // of a call in the model's stream -> in the client's; -1: ours
	ids    map[int]string
	theirs int
	held   []chunk
	texts  map[string]*serve.Tidier // by the field of the message
	last   map[string]json.RawMessage
	told   bool // where it comes from
}

// chunk is one event.
type chunk struct {
	raw     []byte
	fields  map[string]json.RawMessage // nil: no JSON
	choice  map[string]json.RawMessage // the first
	delta   map[string]json.RawMessage
	changed bool
}

// run passes events on until the end, and returns what the model wants of Sluice.
func (f *flow) run() ([]toolCall, error) {
	lines := bufio.NewReaderSize(f.reply.Body, 64<<10)
	var event bytes.Buffer
	for {
		line, rerr := lines.ReadSlice('\n')
		event.Write(line)
		if event.Len() > relayBytesMax {
			return nil, &upstreamError{errors.New("the model's server sends an event without an end")}
		}
		if errors.Is(rerr, bufio.ErrBufferFull) {
			continue
		}
		if event.Len() > 0 && (len(bytes.TrimSpace(line)) == 0 || rerr != nil) {
			if err := f.take(event.Bytes()); err != nil {
				return nil, err
			}
			event.Reset()
		}
		switch {
		case errors.Is(rerr, io.EOF) && len(f.own) > 0 && f.theirs == 0:
			return f.own, f.rest(false)
		case errors.Is(rerr, io.EOF):
			return nil, f.rest(true)
		case rerr != nil:
			return nil, &upstreamError{rerr}
		}
	}
}

// take takes one event.
func (f *flow) take(raw []byte) error {
	c := chunkOf(raw)
	if calls := string(c.delta["tool_calls"]); len(calls) > 2 && calls != "null" {
		if err := f.sort(&c); err != nil {
			return err
		}
		if c.changed && len(c.delta) == 0 && !finishes(c) && len(c.fields["usage"]) <= len("null") {
			return nil // it held nothing but a part of ours
		}
	}
	if len(f.own) > 0 && f.theirs == 0 && len(wordsOf(c.delta)) == 0 {
		c.raw = bytes.Clone(c.raw)
		f.held = append(f.held, c)
		return nil
	}
	if f.theirs > 0 {
		for _, h := range f.held {
			if err := f.emit(h); err != nil {
				return err
			}
		}
		f.held = nil
	}
	return f.emit(c)
}

// chunkOf reads an event.
func chunkOf(raw []byte) chunk {
	c := chunk{raw: raw}
	var data []byte
	for line := range bytes.Lines(raw) {
		if d, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			data = append(data, d...)
		}
	}
	if json.Unmarshal(data, &c.fields) != nil {
		c.fields = nil
		return c
	}
	var choices []map[string]json.RawMessage
	if json.Unmarshal(c.fields["choices"], &choices) == nil && len(choices) > 0 {
		c.choice = choices[0]
		_ = json.Unmarshal(c.choice["delta"], &c.delta)
	}
	return c
}

func finishes(c chunk) bool { return len(c.choice["finish_reason"]) > len("null") }

// sort keeps the parts of calls that are ours, and leaves the client's in the event, numbered
// without gaps.
func (f *flow) sort(c *chunk) error {
	var parts []map[string]json.RawMessage
	if err := json.Unmarshal(c.delta["tool_calls"], &parts); err != nil {
		return &upstreamError{err}
	}
	var left []map[string]json.RawMessage
	for _, fields := range parts {
		raw, _ := json.Marshal(fields)
		var part toolCall
		if err := json.Unmarshal(raw, &part); err != nil {
			return &upstreamError{err}
		}
		at, known := f.place[part.Index]
		if part.Function.Name != "" && (!known || part.ID != "" && part.ID != f.ids[part.Index]) { // a call begins; some servers count none
			f.ids[part.Index] = part.ID
			at = f.theirs
			if part.Function.Name == ownTool {
				at = -1
				f.own = append(f.own, toolCall{Index: part.Index, ID: part.ID})
				f.own[len(f.own)-1].Function.Name = ownTool
			} else {
				f.theirs++
			}
			f.place[part.Index] = at
		}
		if at < 0 {
			for i := len(f.own) - 1; i >= 0; i-- {
				if f.own[i].Index == part.Index {
					f.own[i].Function.Arguments += part.Function.Arguments
					break
				}
			}
			c.changed = true
			continue
		}
		if at != part.Index {
			fields["index"], _ = json.Marshal(at)
			c.changed = true
		}
		left = append(left, fields)
	}
	if c.changed && len(left) == 0 {
		delete(c.delta, "tool_calls")
	} else if c.changed {
		c.delta["tool_calls"], _ = json.Marshal(left)
	}
	return nil
}

// emit sends an event. Where something was looked up, its words go by whole sentences, and the one
// that ends the answer says where it comes from.
func (f *flow) emit(c chunk) error {
	if c.fields == nil && bytes.Contains(c.raw, []byte("[DONE]")) {
		if err := f.rest(true); err != nil {
			return err
		}
	}
	if c.fields != nil && c.fields["error"] == nil {
		f.last = c.fields
	}
	if f.found.any && c.choice != nil {
		c.changed = true
		if c.delta == nil {
			c.delta = map[string]json.RawMessage{}
		}
		f.reword(c)
	}
	if !c.changed {
		return f.write(c.raw)
	}
	c.choice["delta"], _ = json.Marshal(c.delta)
	c.fields["choices"], _ = json.Marshal([]any{c.choice})
	b, err := json.Marshal(c.fields)
	if err != nil {
		return err
	}
	return f.write([]byte("data: " + string(b) + "\n\n"))
}

func (f *flow) reword(c chunk) {
	for _, name := range wordsOf(c.delta) {
		t := f.texts[name]
		if t == nil {
			t = f.found.tidier()
			f.texts[name] = t
		}
		var text string
		_ = json.Unmarshal(c.delta[name], &text)
		text = t.Add(text)
		f.found.cite(text)
		c.delta[name], _ = json.Marshal(text)
	}
	if calls := string(c.delta["tool_calls"]); finishes(c) || len(calls) > 2 && calls != "null" {
		f.end(c.delta)
	}
	if finishes(c) && !f.told {
		f.told = true
		c.fields["sluice"], _ = json.Marshal(f.found.grounds())
	}
}

// end adds what was held of words to a message.
func (f *flow) end(delta map[string]json.RawMessage) {
	for _, name := range sorted(f.texts) {
		rest := f.texts[name].End()
		if rest == "" {
			continue
		}
		f.found.cite(rest)
		var text string
		_ = json.Unmarshal(delta[name], &text)
		delta[name], _ = json.Marshal(text + rest)
	}
}

// rest sends what is still held, at the end of a stream; whole: it was the answer.
func (f *flow) rest(whole bool) error {
	delta := map[string]json.RawMessage{}
	f.end(delta)
	if len(delta) == 0 && (!whole || f.told || !f.found.any) {
		return nil
	}
	fields := maps.Clone(f.last)
	if fields == nil {
		fields = map[string]json.RawMessage{"object": json.RawMessage(`"chat.completion.chunk"`)}
	}
	delete(fields, "usage")
	delete(fields, "sluice")
	choice := map[string]any{"index": 0, "delta": delta, "finish_reason": nil}
	if whole && !f.told && f.found.any {
		f.told = true
		fields["sluice"], _ = json.Marshal(f.found.grounds())
	}
	fields["choices"], _ = json.Marshal([]any{choice})
	b, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return f.write([]byte("data: " + string(b) + "\n\n"))
}

func (f *flow) write(b []byte) error {
	f.begin(f.reply)
	if _, err := f.w.Write(b); err != nil {
		return err
	}
	_ = f.rc.Flush()
	return nil
}
