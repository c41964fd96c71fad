package api

import "encoding/json"

// ChatRequest asks the last question of a conversation.
type ChatRequest struct {
	Messages []ChatMessage `json:"messages"`
	Model    string        `json:"model,omitempty"` // "sluice", or "sluice/" and the name of a model
	// Fields go to the model as they came: temperature, max_tokens, what the client knows and
	// Sluice does not.
	Fields map[string]json.RawMessage `json:"fields,omitempty"`
	Budget int                        `json:"budget,omitempty"`
	Vocab  string                     `json:"vocab,omitempty"`
	// Operators says whether "a phrase", -word, path: and lang: in the question are obeyed: "on",
	// "off", or, when empty, where somebody typed them on purpose and not in what was pasted.
	Operators string `json:"operators,omitempty"`
	Effort    string `json:"effort,omitempty"`
	// DeadlineMS bounds the whole answer, what the model takes among it; default 10 seconds.
	DeadlineMS float64 `json:"deadline_ms,omitempty"`
	Filters
}

// ChatMessage is one message of a conversation.
type ChatMessage struct {
	Role    string          `json:"role"` // system, developer, user or assistant
	Content string          `json:"content"`
	Raw     json.RawMessage `json:"raw,omitempty"` // the message as it came, where it holds more than that
}

// ChatEvent is what happens while an answer is made, in this order: "working" (as often as there is
// nothing else to tell, so that a connection is kept alive), "found" once, and "sentence" for each
// one that was checked. The texts of all sentences, put together, are the answer.
type ChatEvent struct {
	Kind     string        `json:"kind"`
	Text     string        `json:"text,omitempty"`     // what goes on the end of the answer
	Sentence *ChatSentence `json:"sentence,omitempty"` // the same with its citations
	Passages []Citation    `json:"passages,omitempty"` // what the answer will be made of
	Grounds  []Ground      `json:"grounds,omitempty"`  // what the sentence cites, under its numbers there
	// Over HTTP a last event tells how it ended: "done" has all of the answer, "failed" why there
	// is none.
	Chat  *Chat  `json:"chat,omitempty"`
	Error string `json:"error,omitempty"`
}

// ChatSentence is a sentence whose citations were checked. Start and End count characters (Unicode
// code points) of the answer, half-open.
type ChatSentence struct {
	Text      string     `json:"text"`
	Start     int        `json:"start"`
	End       int        `json:"end"`
	Label     string     `json:"label"`         // supported, partly, not_found or misattributed; "" where it claims nothing
	Why       string     `json:"why,omitempty"` // what of it is not in what it cites, in words
	Citations []int      `json:"citations"`
	Marks     []ChatMark `json:"marks"`
}

// ChatMark is where a citation's number stands in the answer, brackets and all.
type ChatMark struct {
	N     int `json:"n"`
	Start int `json:"start"` // in characters of the answer
	End   int `json:"end"`
}

// Chat is an answer of a conversation.
type Chat struct {
	Model     string         `json:"model"` // that worded it; "sluice": the documents' own sentences
	Question  string         `json:"question"`
	Answer    string         `json:"answer"`
	Sentences []ChatSentence `json:"sentences"`
	Finish    string         `json:"finish"`          // stop, length or content_filter
	Usage     ChatUsage      `json:"usage"`           // of tokens
	Extra     map[string]any `json:"extra,omitempty"` // fields of the model's answer that Sluice does not know
	Passages  []Citation     `json:"passages"`        // the window, whoever worded the answer
	Sluice    Grounds        `json:"sluice"`
}

// ChatUsage counts tokens as the model's server does.
type ChatUsage struct {
	Prompt     int             `json:"prompt_tokens"`
	Completion int             `json:"completion_tokens"`
	Total      int             `json:"total_tokens"`
	Cached     int             `json:"cached_tokens"` // of the prompt, those that the server had read before
	Raw        json.RawMessage `json:"raw,omitempty"` // as the server told it
}

// Grounds is the field `sluice` of an answer in OpenAI's form: what it rests on.
type Grounds struct {
	Citations []Ground           `json:"citations"`
	Funnel    []Stage            `json:"funnel"`
	Degraded  []Degraded         `json:"degraded"`
	Coverage  map[string]float64 `json:"coverage"` // arm -> share of the documents that it can see
	Sent      []Sent             `json:"sent"`
	Nothing   *Nothing           `json:"nothing,omitempty"`
	Notices   []string           `json:"notices,omitempty"`
}

// Ground is one citation of an answer. Label is the worst of the sentences that cite it.
type Ground struct {
	N      int      `json:"n"`
	ID     string   `json:"id"`
	Label  string   `json:"label"`
	URI    string   `json:"uri"`
	Bytes  [2]int64 `json:"bytes"`
	Title  string   `json:"title,omitempty"`
	Source string   `json:"source"`
	Path   string   `json:"path"`
	Lines  [2]int   `json:"lines"`
	Where  string   `json:"where,omitempty"`
	Fresh  string   `json:"fresh"`
	Flags  []string `json:"flags"`
}

// Sent says how many passages a host received.
type Sent struct {
	Host     string `json:"host"`
	Passages int    `json:"passages"`
	Masked   int    `json:"masked,omitempty"` // secrets that were cut out of them first
}
