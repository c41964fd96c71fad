package api

// Model is one model that is kept.
type Model struct {
	Name          string `json:"name"`
	InUse         bool   `json:"in_use"`
	ID            string `json:"id"` // names its vectors
	Architecture  string `json:"architecture"`
	Head          string `json:"head"`
	Layers        int    `json:"layers"`
	Width         int    `json:"width"`
	Positions     int    `json:"positions"` // the longest text, in tokens
	Pooling       string `json:"pooling"`
	QueryPrefix   string `json:"query_prefix"`
	PassagePrefix string `json:"passage_prefix"`
	Bytes         int64  `json:"bytes"`
	Origin        string `json:"origin"`
	Endpoint      string `json:"endpoint"` // the address of one that computes elsewhere
	Embedded      bool   `json:"embedded"` // it is part of the program
}

// Models lists what is kept.
type Models struct {
	Folder string  `json:"folder"`
	Models []Model `json:"models"`
}

// ModelCheck tells whether the files of models are as they were added.
type ModelCheck struct {
	Models int        `json:"models"`
	Bytes  int64      `json:"bytes"`
	Bad    []ModelBad `json:"bad"`
}

// ModelBad is a damaged file.
type ModelBad struct {
	Model string `json:"model"`
	File  string `json:"file"`
	What  string `json:"what"`
}

// ModelCard is what the makers of a model say of it.
type ModelCard struct {
	Model Model  `json:"model"`
	Card  string `json:"card"` // Markdown
}
