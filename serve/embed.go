package serve

import (
	"context"
	"errors"
)

// EmbedModel is the name under which the encoder in use is asked for vectors.
const EmbedModel = "sluice-embed"

// ErrNoEncoder says that there is nothing that could make vectors.
var ErrNoEncoder = errors.New("no embedding model is in use: `sluice model pull` fetches one and `sluice model use` takes it up")

// Embed gives the vectors of texts, of length 1, as the encoder in use makes them: of questions, or
// of passages.
func (s *Service) Embed(ctx context.Context, texts []string, questions bool) ([][]float32, error) {
	e := s.opts.Encoder
	if e == nil {
		return nil, &Error{Usage, ErrNoEncoder}
	}
	if !questions {
		levels := e.Levels()
		return e.Passages(ctx, levels[len(levels)-1], texts)
	}
	out := make([][]float32, len(texts))
	for i, text := range texts {
		var err error
		if out[i], err = e.Question(ctx, text); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Embeds tells whether there is an encoder.
func (s *Service) Embeds() bool { return s.opts.Encoder != nil }

// Models names what words answers: ChatModel, which quotes the documents, first.
func (s *Service) Models(ctx context.Context) []string {
	names := []string{ChatModel}
	if s.opts.Upstream != nil {
		for _, m := range s.opts.Upstream.Models(ctx) {
			names = append(names, ChatModel+"/"+m.Name)
		}
	}
	return names
}
