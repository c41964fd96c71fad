// Package remote is a model that computes elsewhere: a service that speaks OpenAI's API, such as
// Ollama, llama.cpp or vLLM, or one that is paid for. Texts are sent to it, so whoever makes a
// Client has asked first.
package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"sluice/internal/clock"
	"sluice/internal/netx"
)

// ErrAnswer is an answer that is none.
var ErrAnswer = errors.New("its answer is none")

// Options say which service is asked.
type Options struct {
	URL   string // up to /v1
	Model string // as the service calls it
	Key   string // sent as a bearer token; "": none
	Clock clock.Waiter
}

// Client asks one service. It is safe for concurrent use.
type Client struct {
	Options
	http *netx.Client
}

const (
	// batchTexts and batchBytes bound what is sent at once.
	batchTexts = 64
	batchBytes = 256 << 10
	// textBytesMax is the longest text that is sent; the rest is cut.
	textBytesMax = 32 << 10
	answerMax    = 64 << 20
	answerWait   = 2 * time.Minute
	triesMax     = 5
	firstWait    = 500 * time.Millisecond
	waitMax      = time.Minute
	// DimsMax is the most values of a vector.
	DimsMax = 1 << 14
)

// New makes a client for the host of the address, and no other.
func New(o Options) (*Client, error) {
	o.URL = strings.TrimSuffix(o.URL, "/")
	host, err := netx.Host(o.URL)
	if err != nil {
		return nil, err
	}
	return &Client{o, netx.New(netx.Options{Hosts: []string{host}, Answer: answerWait})}, nil
}

// Close lets connections go.
func (c *Client) Close() { c.http.Close() }

// Embed gives each text its vector, of length 1.
func (c *Client) Embed(ctx context.Context, texts []string) (vectors [][]float32, err error) {
	for len(texts) > 0 {
		n := batchOf(texts)
		part, err := c.embed(ctx, texts[:n])
		if err != nil {
			return nil, err
		}
		if len(vectors) > 0 && len(part[0]) != len(vectors[0]) {
			return nil, fmt.Errorf("%s: %w: vectors of %d and of %d values", c.URL, ErrAnswer, len(vectors[0]), len(part[0]))
		}
		vectors, texts = append(vectors, part...), texts[n:]
	}
	return vectors, nil
}

// batchOf is how many of the texts are sent at once.
func batchOf(texts []string) (n int) {
	for bytes := 0; n < len(texts) && n < batchTexts; n++ {
		if bytes += min(len(texts[n]), textBytesMax); bytes > batchBytes && n > 0 {
			break
		}
	}
	return n
}

func (c *Client) embed(ctx context.Context, texts []string) ([][]float32, error) {
	var out struct {
		Data []struct {
			Index     *int      `json:"index"`
			Embedding []float32 `json:"embedding"`
		} `json:"data"`
	}
	in := map[string]any{"model": c.Model, "input": cut(texts), "encoding_format": "float"}
	if err := c.ask(ctx, "/embeddings", in, &out); err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(texts))
	for i, d := range out.Data {
		if d.Index != nil {
			i = *d.Index
		}
		if i < 0 || i >= len(vectors) || vectors[i] != nil || !normalize(d.Embedding) || len(d.Embedding) != len(out.Data[0].Embedding) {
			return nil, fmt.Errorf("%s: %w: vector %d of %d with %d values", c.URL, ErrAnswer, i, len(texts), len(d.Embedding))
		}
		vectors[i] = d.Embedding
	}
	if len(out.Data) != len(texts) {
		return nil, fmt.Errorf("%s: %w: %d vectors for %d texts", c.URL, ErrAnswer, len(out.Data), len(texts))
	}
	return vectors, nil
}

// Rerank gives each document its score for a question; more is better.
func (c *Client) Rerank(ctx context.Context, question string, documents []string) ([]float32, error) {
	var out struct {
		Results []struct {
			Index int      `json:"index"`
			Score *float32 `json:"relevance_score"`
		} `json:"results"`
	}
	var scores []float32
	for len(documents) > 0 {
		n := batchOf(documents)
		out.Results = nil
		in := map[string]any{"model": c.Model, "query": cut([]string{question})[0], "documents": cut(documents[:n]), "top_n": n}
		if err := c.ask(ctx, "/rerank", in, &out); err != nil {
			return nil, err
		}
		part, seen := make([]float32, n), make([]bool, n)
		for _, r := range out.Results {
			if r.Index < 0 || r.Index >= n || seen[r.Index] || r.Score == nil || !finite(*r.Score) {
				return nil, fmt.Errorf("%s: %w: a score for document %d of %d", c.URL, ErrAnswer, r.Index, n)
			}
			part[r.Index], seen[r.Index] = *r.Score, true
		}
		if len(out.Results) != n {
			return nil, fmt.Errorf("%s: %w: %d scores for %d documents", c.URL, ErrAnswer, len(out.Results), n)
		}
		scores, documents = append(scores, part...), documents[n:]
	}
	return scores, nil
}

// cut makes texts that services take: not empty, not too long, and UTF-8.
func cut(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		t = strings.ToValidUTF8(t[:min(len(t), textBytesMax)], "")
		if out[i] = t; strings.TrimSpace(t) == "" {
			out[i] = "."
		}
	}
	return out
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }

// normalize gives a vector the length 1; false for one that has none.
func normalize(v []float32) bool {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if len(v) == 0 || len(v) > DimsMax || !(sum > 0) || math.IsInf(sum, 0) {
		return false
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= scale
	}
	return true
}

// ask sends one question and reads its answer. A service that is busy, or breaks off, is asked
// again.
func (c *Client) ask(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	for try, wait := 1, firstWait; ; try, wait = try+1, 2*wait {
		again, after, err := c.once(ctx, path, body, out)
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if !again || try == triesMax {
			return err
		}
		if err := c.Clock.Wait(ctx, min(max(wait, after), waitMax)); err != nil {
			return err
		}
	}
}

// once asks once, and says whether to ask again, and after what time.
func (c *Client) once(ctx context.Context, path string, body []byte, out any) (again bool, after time.Duration, err error) {
	header := map[string]string{"Content-Type": "application/json"}
	if c.Key != "" {
		header["Authorization"] = "Bearer " + c.Key
	}
	reply, err := c.http.Do(ctx, netx.Request{URL: c.URL + path, Header: header, Body: body})
	if err != nil {
		return errors.Is(err, netx.ErrBroken), 0, err
	}
	defer reply.Body.Close()
	if reply.Status != 200 {
		said, _ := io.ReadAll(io.LimitReader(reply.Body, 300))
		seconds, _ := strconv.Atoi(reply.Header("Retry-After"))
		return reply.Status == 429 || reply.Status >= 500, time.Duration(max(seconds, 0)) * time.Second,
			fmt.Errorf("%s answers with status %d: %s", c.URL+path, reply.Status, strings.TrimSpace(string(said)))
	}
	if err := json.NewDecoder(io.LimitReader(reply.Body, answerMax)).Decode(out); err != nil {
		return errors.Is(err, io.ErrUnexpectedEOF), 0, fmt.Errorf("%s: %w (%v)", c.URL+path, ErrAnswer, err)
	}
	return false, 0, nil
}
