package upstream

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"sluice/api"
	"sluice/internal/netx"
)

// Words is what a model has said.
type Words struct {
	Host, Model, Finish string
	Usage               api.ChatUsage
	Said                bool // some of it was told, whatever came then
}

// StatusError is a server that refuses.
type StatusError struct {
	Host   string
	Status int
	Said   string
}

// Error implements error.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answers with status %d: %s", e.Host, e.Status, strings.TrimSpace(e.Said))
}

const (
	saidMax = 300     // bytes of what a server that refuses says
	lineMax = 1 << 20 // bytes of one event
)

// Chat asks for an answer and tells of its words as they come.
func (p *Pool) Chat(ctx context.Context, c Call, say func(text string) error) (w Words, err error) {
	c.Path = "/chat/completions"
	fields := map[string]json.RawMessage{"stream": json.RawMessage("true"), "stream_options": json.RawMessage(`{"include_usage":true}`)}
	for name, v := range c.Fields {
		if fields[name] == nil {
			fields[name] = v
		}
	}
	c.Fields = fields
	reply, err := p.Do(ctx, c)
	if err != nil {
		return w, err
	}
	defer reply.Body.Close()
	w.Host, w.Model = reply.Host, reply.Model
	if reply.Status/100 != 2 {
		said, _ := io.ReadAll(io.LimitReader(reply.Body, saidMax))
		return w, &StatusError{reply.Host, reply.Status, p.harmless(string(said))}
	}
	t := &teller{words: &w, say: say}
	if strings.HasPrefix(reply.Header("Content-Type"), "text/event-stream") {
		err = t.events(reply.Body)
	} else {
		err = t.whole(reply.Body)
	}
	if err != nil && t.stopped == nil && ctx.Err() == nil {
		reply.spoil(err)
		err = fmt.Errorf("%s: %w", reply.Host, err)
	}
	return w, err
}

// harmless is what a server said, without any key.
func (p *Pool) harmless(text string) string {
	for _, s := range p.servers {
		text = s.harmless(text)
	}
	return text
}

func (r *Reply) spoil(err error) {
	if c, ok := r.Body.(closing); ok {
		r.Body = c.ReadCloser
		defer func() { r.Body = c }()
	}
	if b, ok := r.Body.(*body); ok {
		b.spoil(err)
	}
}

// teller reads replies.
type teller struct {
	words   *Words
	say     func(string) error
	stopped error // by whom is told
}

// part is a chunk of a stream, or an answer in one piece.
type part struct {
	Choices []struct {
		Index   int      `json:"index"`
		Delta   *message `json:"delta"`
		Message *message `json:"message"`
		Finish  *string  `json:"finish_reason"`
	} `json:"choices"`
	Usage json.RawMessage `json:"usage"`
	Error json.RawMessage `json:"error"`
}

type message struct {
	Content *string `json:"content"`
	Refusal *string `json:"refusal"`
}

func (t *teller) take(data []byte) error {
	var in part
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("%w (%w)", ErrAnswer, err)
	}
	if len(in.Error) > 0 && string(in.Error) != "null" {
		return fmt.Errorf("%w: %s", ErrAnswer, in.Error[:min(len(in.Error), saidMax)])
	}
	if len(in.Usage) > 0 && string(in.Usage) != "null" {
		t.words.Usage = usageOf(in.Usage)
	}
	for _, c := range in.Choices {
		if c.Index != 0 {
			continue
		}
		for _, m := range []*message{c.Delta, c.Message} {
			if m == nil {
				continue
			}
			for _, text := range []*string{m.Content, m.Refusal} {
				if text == nil || *text == "" {
					continue
				}
				t.words.Said = true
				if t.stopped = t.say(*text); t.stopped != nil {
					return t.stopped
				}
			}
		}
		if c.Finish != nil {
			t.words.Finish = *c.Finish
		}
	}
	return nil
}

// whole reads an answer in one piece.
func (t *teller) whole(in io.Reader) error {
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if err := t.take(data); err != nil {
		return err
	}
	if t.words.Finish == "" && !t.words.Said {
		return fmt.Errorf("%w: no choice", ErrAnswer)
	}
	return nil
}

// events reads a stream to its [DONE]. One that ends before the answer does was cut.
func (t *teller) events(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 16<<10), lineMax)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		data = bytes.TrimSpace(data)
		switch {
		case !ok || len(data) == 0: // a comment, a name, or the end of an event
		case string(data) == "[DONE]":
			return nil
		default:
			if err := t.take(data); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return ErrLong
	} else if err != nil {
		return err
	}
	if t.words.Finish == "" {
		return netx.ErrBroken
	}
	return nil
}
