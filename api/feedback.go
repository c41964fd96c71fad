package api

// FeedbackRequest says what an answer was worth.
type FeedbackRequest struct {
	Query    string   `json:"query" jsonschema:"the question as it was asked"`
	Verdict  string   `json:"verdict,omitempty" jsonschema:"good or bad, of the answer or the results as a whole"`
	Useful   []string `json:"useful,omitempty" jsonschema:"ids of passages that helped"`
	Useless  []string `json:"useless,omitempty" jsonschema:"ids of passages that did not"`
	Expected string   `json:"expected,omitempty" jsonschema:"what should have been found: a passage's id, or a path"`
	Note     string   `json:"note,omitempty" jsonschema:"in words"`
}

// Feedback says that it was written down.
type Feedback struct {
	Recorded bool   `json:"recorded"`
	Time     string `json:"time"` // RFC 3339
}
