package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sluice/internal/clock"
	"sluice/internal/netx"
)

func serveBy(t *testing.T, f http.HandlerFunc) (*Client, *recorder) {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	r := &recorder{}
	c, err := New(Options{URL: s.URL + "/v1/", Model: "m", Key: "secret", Clock: r})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, r
}

// recorder is a clock that notes how long it was waited for.
type recorder struct {
	clock.Fake
	waits []time.Duration
}

func (r *recorder) Wait(ctx context.Context, d time.Duration) error {
	r.waits = append(r.waits, d)
	return r.Fake.Wait(ctx, d)
}

// asked is what is sent.
type asked struct {
	Model     string
	Input     []string
	Query     string
	Documents []string
}

func read(t *testing.T, r *http.Request) (in asked) {
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		t.Error(err)
	}
	return in
}

// TestEmbed: each text gets its own vector, whatever the order of the answer, in batches.
func TestEmbed(t *testing.T) {
	batches := 0
	c, _ := serveBy(t, func(w http.ResponseWriter, r *http.Request) {
		in := read(t, r)
		if r.URL.Path != "/v1/embeddings" || in.Model != "m" || r.Header.Get("Authorization") != "Bearer secret" || len(in.Input) > batchTexts {
			t.Errorf("%s %s, %d texts", r.URL.Path, in.Model, len(in.Input))
		}
		batches++
		var rows []string
		for i, text := range in.Input {
			rows = append([]string{fmt.Sprintf(`{"index":%d,"embedding":[%d,3]}`, i, len(text))}, rows...)
		}
		fmt.Fprintf(w, `{"data":[%s],"usage":{}}`, strings.Join(rows, ","))
	})
	var texts []string
	for i := range 150 {
		texts = append(texts, strings.Repeat("x", i+1))
	}
	texts = append(texts, "", strings.Repeat("long ", textBytesMax), "\xff", strings.Repeat("y", textBytesMax), strings.Repeat("z", textBytesMax))
	vectors, err := c.Embed(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	if len(vectors) != len(texts) || batches < 3 {
		t.Fatalf("%d vectors in %d batches", len(vectors), batches)
	}
	for i, v := range vectors[:150] {
		length := math.Hypot(float64(i+1), 3)
		if math.Abs(float64(v[0])-float64(i+1)/length) > 1e-6 || math.Abs(float64(v[1])-3/length) > 1e-6 {
			t.Errorf("text %d has the vector %v", i, v)
		}
	}
}

func TestRerank(t *testing.T) {
	c, _ := serveBy(t, func(w http.ResponseWriter, r *http.Request) {
		in := read(t, r)
		if r.URL.Path != "/v1/rerank" || in.Query != "q" {
			t.Errorf("%s %+v", r.URL.Path, in)
		}
		var rows []string
		for i, d := range in.Documents {
			rows = append([]string{fmt.Sprintf(`{"index":%d,"relevance_score":-%d.5}`, i, len(d))}, rows...)
		}
		fmt.Fprintf(w, `{"results":[%s]}`, strings.Join(rows, ","))
	})
	documents := make([]string, 100)
	for i := range documents {
		documents[i] = strings.Repeat("d", i+1)
	}
	scores, err := c.Rerank(t.Context(), "q", documents)
	if err != nil || len(scores) != 100 || scores[0] != -1.5 || scores[99] != -100.5 {
		t.Errorf("%v, %v", scores, err)
	}
}

// TestAsksAgain: a service that is busy or breaks off is asked again, later each time, but not for
// ever, and one that refuses is not.
func TestAsksAgain(t *testing.T) {
	for what, one := range map[string]struct {
		fails int
		how   func(http.ResponseWriter)
		tries int
		works bool
	}{
		"busy twice":     {2, func(w http.ResponseWriter) { w.WriteHeader(503) }, 3, true},
		"always busy":    {99, func(w http.ResponseWriter) { w.WriteHeader(429) }, triesMax, false},
		"breaks off":     {1, func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, 2, true},
		"half an answer": {1, func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"data":[`) }, 2, true},
		"refuses":        {99, func(w http.ResponseWriter) { http.Error(w, "no such model", 404) }, 1, false},
	} {
		t.Run(what, func(t *testing.T) {
			tries := 0
			c, r := serveBy(t, func(w http.ResponseWriter, _ *http.Request) {
				if tries++; tries <= one.fails {
					one.how(w)
					return
				}
				_, _ = io.WriteString(w, `{"data":[{"embedding":[1]}]}`)
			})
			_, err := c.Embed(t.Context(), []string{"a"})
			if (err == nil) != one.works || tries != one.tries {
				t.Errorf("%d tries, %v", tries, err)
			}
			for i := 1; i < len(r.waits); i++ {
				if r.waits[i] <= r.waits[i-1] {
					t.Errorf("waits %v", r.waits)
				}
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	tries := 0
	c, r := serveBy(t, func(w http.ResponseWriter, _ *http.Request) {
		if tries++; tries == 1 {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(429)
			return
		}
		_, _ = io.WriteString(w, `{"data":[{"embedding":[1]}]}`)
	})
	if _, err := c.Embed(t.Context(), []string{"a"}); err != nil || len(r.waits) != 1 || r.waits[0] != 7*time.Second {
		t.Errorf("waits %v, %v", r.waits, err)
	}
}

// TestHostileAnswers: what is no vector for each text is an error.
func TestHostileAnswers(t *testing.T) {
	for what, answer := range map[string]string{
		"no JSON": `<html>`, "nothing": `{}`, "too few": `{"data":[{"embedding":[1,2]}]}`,
		"too many":             `{"data":[{"embedding":[1]},{"embedding":[1]},{"embedding":[1]}]}`,
		"one twice":            `{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`,
		"an index beyond":      `{"data":[{"index":5,"embedding":[1]},{"index":0,"embedding":[1]}]}`,
		"an index before":      `{"data":[{"index":-1,"embedding":[1]},{"index":0,"embedding":[1]}]}`,
		"vectors of two sizes": `{"data":[{"embedding":[1,2]},{"embedding":[1]}]}`,
		"an empty vector":      `{"data":[{"embedding":[]},{"embedding":[]}]}`,
		"a vector of zeros":    `{"data":[{"embedding":[0,0]},{"embedding":[0,0]}]}`,
		"too large a number":   `{"data":[{"embedding":[1e39]},{"embedding":[1]}]}`,
		"a long vector":        `{"data":[{"embedding":[` + strings.Repeat("1,", DimsMax) + `1]},{"embedding":[1]}]}`,
	} {
		c, _ := serveBy(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
		if _, err := c.Embed(t.Context(), []string{"a", "b"}); !errors.Is(err, ErrAnswer) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestOneHost: nobody but the service that was named is sent a text.
func TestOneHost(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other host was sent something") }))
	defer other.Close()
	c, _ := serveBy(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	if _, err := c.Embed(t.Context(), []string{"private"}); !errors.Is(err, netx.ErrHost) {
		t.Error(err)
	}
}
