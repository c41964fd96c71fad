package httpapi

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"

	"sluice/api"
	"sluice/internal/tokens"
	"sluice/serve"
)

// modelEntry is a model as it is listed.
type modelEntry struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	Owner   string `json:"owned_by"`
}

type modelList struct {
	Object string       `json:"object"`
	Data   []modelEntry `json:"data"`
}

func (s *Server) modelsThere(r *http.Request) modelList {
	list := modelList{Object: "list", Data: []modelEntry{}}
	names := s.backend.Models(r.Context())
	if s.backend.Embeds() {
		names = append(names, serve.EmbedModel)
	}
	for _, name := range names {
		list.Data = append(list.Data, modelEntry{ID: name, Object: "model", Owner: "sluice"})
	}
	return list
}

// models serves /v1/models.
func (s *Server) models(w http.ResponseWriter, r *http.Request) { reply(w, s.modelsThere(r)) }

// model serves /v1/models/{id}; a name may have slashes in it.
func (s *Server) model(w http.ResponseWriter, r *http.Request) {
	for _, m := range s.modelsThere(r).Data {
		if m.ID == r.PathValue("id") {
			reply(w, m)
			return
		}
	}
	fail(w, r, http.StatusNotFound, (&unknownModelError{r.PathValue("id"), s.backend.Models(r.Context())}).Error())
}

// The limits of one request for vectors, as OpenAI has them.
const (
	embedInputsMax = 2048
	embedTokensMax = 300_000
)

// embeddingRequest asks for vectors.
type embeddingRequest struct {
	Input      json.RawMessage `json:"input"`
	Model      string          `json:"model"`
	Format     string          `json:"encoding_format"`
	Dimensions int             `json:"dimensions"`
	InputType  string          `json:"input_type"` // query or document, for models that tell them apart
	Vocab      string          `json:"vocab"`      // of token ids
}

type embedding struct {
	Object string `json:"object"`
	Index  int    `json:"index"`
	Vector any    `json:"embedding"` // numbers, or base64 of them
}

type embeddingList struct {
	Object string         `json:"object"`
	Data   []embedding    `json:"data"`
	Model  string         `json:"model"`
	Usage  map[string]int `json:"usage"`
}

// embeddings serves /v1/embeddings.
func (s *Server) embeddings(w http.ResponseWriter, r *http.Request) {
	raw, status, err := body(w, r, ChatBytesMax)
	if err != nil {
		fail(w, r, status, err.Error())
		return
	}
	var req embeddingRequest
	if err := json.Unmarshal(raw, &req); err != nil {
		fail(w, r, http.StatusBadRequest, err.Error())
		return
	}
	texts, count, err := req.texts()
	if err != nil {
		fail(w, r, http.StatusBadRequest, err.Error())
		return
	}
	if req.Model != serve.EmbedModel {
		fail(w, r, http.StatusNotFound, fmt.Sprintf("there is no embedding model %q here: the one in use is called %q", req.Model, serve.EmbedModel))
		return
	}
	vectors, err := s.backend.Embed(r.Context(), texts, req.InputType == "query")
	if err != nil {
		failWith(w, r, err)
		return
	}
	out := embeddingList{Object: "list", Data: []embedding{}, Model: serve.EmbedModel, Usage: map[string]int{"prompt_tokens": count, "total_tokens": count}}
	for i, v := range vectors {
		if v, err = shortened(v, req.Dimensions); err != nil {
			fail(w, r, http.StatusBadRequest, err.Error())
			return
		}
		one := embedding{Object: "embedding", Index: i, Vector: v}
		if req.Format == "base64" {
			one.Vector = base64.StdEncoding.EncodeToString(littleEndian(v))
		}
		out.Data = append(out.Data, one)
	}
	reply(w, out)
}

// shortened is the first part of a vector, of length 1 again; 0 dimensions are all of them.
func shortened(v []float32, dimensions int) ([]float32, error) {
	if dimensions == 0 || dimensions == len(v) {
		return v, nil
	}
	if dimensions < 1 || dimensions > len(v) {
		return nil, fmt.Errorf("dimensions is %d, and the model's vectors have %d", dimensions, len(v))
	}
	sum := 0.0
	for _, x := range v[:dimensions] {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, dimensions)
	for i, x := range v[:dimensions] {
		if sum > 0 {
			out[i] = float32(float64(x) / math.Sqrt(sum))
		}
	}
	return out, nil
}

func littleEndian(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// texts are what is to be made vectors of, and their tokens.
func (r *embeddingRequest) texts() (all []string, count int, err error) {
	if r.Format != "" && r.Format != "float" && r.Format != "base64" {
		return nil, 0, fmt.Errorf("encoding_format is %q: use float or base64", r.Format)
	}
	if r.InputType != "" && r.InputType != "query" && r.InputType != "document" {
		return nil, 0, fmt.Errorf("input_type is %q: use query or document", r.InputType)
	}
	vocab := r.Vocab
	if vocab == "" {
		vocab = tokens.Cl100kBase // of OpenAI's embedding models, and what their clients send
	}
	v, err := tokens.Get(vocab)
	if err != nil {
		return nil, 0, err
	}
	if all, err = textsOf(r.Input, v); err != nil {
		return nil, 0, err
	}
	if len(all) > embedInputsMax {
		return nil, 0, fmt.Errorf("input has %d texts: send at most %d at once", len(all), embedInputsMax)
	}
	for i, text := range all {
		if text == "" {
			return nil, 0, fmt.Errorf("input[%d] is empty", i)
		}
		if count += v.CountString(text); count > embedTokensMax {
			return nil, 0, fmt.Errorf("input has more than %d tokens: send less at once", embedTokensMax)
		}
	}
	return all, count, nil
}

// textsOf reads one text or several, each as a string or as token ids.
func textsOf(raw json.RawMessage, v *tokens.Vocab) ([]string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil && string(raw) != "null" {
		return []string{one}, nil
	}
	var several []string
	if json.Unmarshal(raw, &several) == nil && len(several) > 0 {
		return several, nil
	}
	if v == nil {
		return nil, errors.New("send a string")
	}
	var ids []int32
	var lists [][]int32
	switch {
	case string(raw) != "null" && json.Unmarshal(raw, &ids) == nil && len(ids) > 0:
		lists = [][]int32{ids}
	case json.Unmarshal(raw, &lists) == nil && len(lists) > 0:
	default:
		return nil, errors.New("input is missing: send a string, a list of strings, or token ids")
	}
	several = nil // what could not be read has left its places
	for _, ids := range lists {
		text, err := v.Decode(ids)
		if err != nil {
			return nil, err
		}
		several = append(several, string(text))
	}
	return several, nil
}

// storeSearchRequest searches a vector store.
type storeSearchRequest struct {
	Query json.RawMessage `json:"query"`
	N     int             `json:"max_num_results"`
}

// storeSearch serves /v1/vector_stores/{id}/search: a store is a source, by its label, or "sluice"
// for all of them.
func (s *Server) storeSearch(w http.ResponseWriter, r *http.Request) {
	raw, status, err := body(w, r, ChatBytesMax)
	if err != nil {
		fail(w, r, status, err.Error())
		return
	}
	var req storeSearchRequest
	var queries []string
	if err = json.Unmarshal(raw, &req); err == nil {
		queries, err = textsOf(req.Query, nil)
	}
	if err != nil || len(queries) != 1 || queries[0] == "" {
		fail(w, r, http.StatusBadRequest, "query is missing: send one string")
		return
	}
	ask := api.SearchRequest{Query: queries[0], N: req.N}
	if id := r.PathValue("id"); id != serve.ChatModel {
		ask.Source = []string{id}
	}
	out, err := s.backend.Search(r.Context(), ask)
	if out == nil && errors.Is(err, serve.ErrNoSource) {
		fail(w, r, http.StatusNotFound, "vector store: "+err.Error())
		return
	}
	if out == nil {
		failWith(w, r, err)
		return
	}
	data := []map[string]any{}
	for _, one := range out.Results {
		f := fileResultOf(one)
		data = append(data, map[string]any{"file_id": f.FileID, "filename": f.Filename, "score": f.Score, "attributes": f.Attributes,
			"content": []map[string]string{{"type": "text", "text": f.Text}}})
	}
	reply(w, map[string]any{"object": "vector_store.search_results.page", "search_query": queries, "data": data, "has_more": false, "next_page": nil})
}
