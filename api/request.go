package api

// Filters narrow what is looked at. Values of one kind are or-ed, kinds are and-ed.
type Filters struct {
	Source []string `json:"source,omitempty" jsonschema:"labels of the sources to look in; all of them when empty"`
	Path   []string `json:"path,omitempty" jsonschema:"globs on the path relative to the source's root, for instance **/*.go"`
	Type   []string `json:"type,omitempty" jsonschema:"document types, for instance go, markdown, python"`
	After  string   `json:"after,omitempty" jsonschema:"only documents of this date or later: RFC 3339, 2026-03-01, or 30d for the last 30 days"`
	Before string   `json:"before,omitempty" jsonschema:"only documents before this date; the same forms as after"`
}

// SearchRequest asks for ranked passages.
type SearchRequest struct {
	Query string `json:"query" jsonschema:"the question in plain words; \"a phrase\" must occur, -word must not"`
	N     int    `json:"n,omitempty" jsonschema:"how many results, 1 to 1000; default 10"`
	// Operators says whether "a phrase", -word, path: and lang: in the question are obeyed: "on",
	// "off", or, when empty, where somebody typed them on purpose and not in what was pasted.
	Operators string `json:"operators,omitempty" jsonschema:"whether operators in the query are obeyed: on, off, or left out: only where they are typed on purpose, never in pasted commands, code or logs"`
	Effort    string `json:"effort,omitempty" jsonschema:"fast, balanced or deep"`
	// DeadlineMS bounds the time: what is not looked at by then is named, and the best so far is
	// the answer.
	DeadlineMS float64 `json:"deadline_ms,omitempty" jsonschema:"how many milliseconds the answer may take; default by effort: 3, 10 or 30 seconds"`
	Filters
	// PerFile is how many of the first ten results may be of one file, as long as other files have
	// any.
	PerFile int `json:"per_file,omitempty" jsonschema:"how many of the first ten results may be of one file, while others have any; default 3"`
	// KeepDuplicates asks for what says the same in several files from each of them.
	KeepDuplicates bool `json:"keep_duplicates,omitempty" jsonschema:"show what stands in several files from each of them"`
	// MaxBytes caps the texts in all; 0 leaves them whole.
	MaxBytes int `json:"max_bytes,omitempty" jsonschema:"how many bytes of text to return in all; default 4000"`
}

// ContextRequest asks for the packed window.
type ContextRequest struct {
	Query  string `json:"query" jsonschema:"the question in plain words; \"a phrase\" must occur, -word must not"`
	Budget int    `json:"budget,omitempty" jsonschema:"how many tokens the window may hold"`
	Vocab  string `json:"vocab,omitempty" jsonschema:"the vocabulary that counts them; default o200k_base"`
	// Operators says whether "a phrase", -word, path: and lang: in the question are obeyed: "on",
	// "off", or, when empty, where somebody typed them on purpose and not in what was pasted.
	Operators string `json:"operators,omitempty" jsonschema:"whether operators in the query are obeyed: on, off, or left out: only where they are typed on purpose, never in pasted commands, code or logs"`
	Effort    string `json:"effort,omitempty" jsonschema:"fast, balanced or deep"`
	// DeadlineMS bounds the time: what is not looked at by then is named, and the best so far is
	// the answer.
	DeadlineMS float64 `json:"deadline_ms,omitempty" jsonschema:"how many milliseconds the answer may take; default by effort: 3, 10 or 30 seconds"`
	Filters
	MaxBytes int `json:"max_bytes,omitempty" jsonschema:"how many bytes the window may hold; default 4000"`
}

// AskRequest asks for an answer with citations.
type AskRequest struct {
	Query  string `json:"query"`
	Budget int    `json:"budget,omitempty"`
	Vocab  string `json:"vocab,omitempty"`
	// Operators says whether "a phrase", -word, path: and lang: in the question are obeyed: "on",
	// "off", or, when empty, where somebody typed them on purpose and not in what was pasted.
	Operators string `json:"operators,omitempty"`
	Effort    string `json:"effort,omitempty"`
	// DeadlineMS bounds the time: what is not looked at by then is named, and the best so far is
	// the answer.
	DeadlineMS float64 `json:"deadline_ms,omitempty"`
	Filters
}

// WhyRequest asks what became of the passages of one document.
type WhyRequest struct {
	Query string `json:"query" jsonschema:"the question as it was asked"`
	Path  string `json:"path" jsonschema:"the document: its path relative to the source's root, or absolute"`
	// Operators says whether "a phrase", -word, path: and lang: in the question are obeyed: "on",
	// "off", or, when empty, where somebody typed them on purpose and not in what was pasted.
	Operators string `json:"operators,omitempty" jsonschema:"whether operators in the query are obeyed: on, off, or left out: only where they are typed on purpose, never in pasted commands, code or logs"`
	Effort    string `json:"effort,omitempty" jsonschema:"fast, balanced or deep"`
	// DeadlineMS bounds the time: what is not looked at by then is named, and the best so far is
	// the answer.
	DeadlineMS float64 `json:"deadline_ms,omitempty" jsonschema:"how many milliseconds the answer may take; default by effort: 3, 10 or 30 seconds"`
	Filters
	MaxBytes int `json:"max_bytes,omitempty" jsonschema:"how many bytes of text to return in all; default 4000"`
}

// ReadRequest asks for one passage, or for lines of a document.
type ReadRequest struct {
	Target   string `json:"target" jsonschema:"a passage id from a result, or PATH:LINES, for instance src/main.go:10-42"`
	Source   string `json:"source,omitempty" jsonschema:"the source's label, where several sources hold the path"`
	MaxBytes int    `json:"max_bytes,omitempty" jsonschema:"how many bytes of text to return; default 4000"`
}

// AddRequest opts a source in.
type AddRequest struct {
	Root    string `json:"root"`
	Label   string `json:"label,omitempty"`
	Options any    `json:"options,omitempty"` // the connector's own
}

// SyncRequest asks to bring sources up to date; no labels means all.
type SyncRequest struct {
	Source []string `json:"source,omitempty"`
}

// ForgetRequest names what to forget: sources by label, documents by path, passages by id. Or it
// selects what a sender wrote, or what is of a time, in all sources or in some.
type ForgetRequest struct {
	Targets []string `json:"targets"`
	From    string   `json:"from,omitempty"`   // an address or a name
	After   string   `json:"after,omitempty"`  // RFC 3339, a date, or how long ago: 30d
	Before  string   `json:"before,omitempty"` // the same
	Source  []string `json:"source,omitempty"` // labels, for what is selected; none: all
}

// CheckRequest asks to verify the store: all of it, or the part of that number of so many.
type CheckRequest struct {
	Part  int `json:"part,omitempty"`
	Parts int `json:"parts,omitempty"`
}
