package model

import (
	_ "embed"
	"strings"
)

// calibration.txt is passages of this repository and of the documentation of Go, of code and of
// prose, with an empty line between them. recipes/encoder/calibration.py wrote it.
//
//go:embed calibration.txt
var calibrationText string

// CalibrationTexts are texts of many kinds to calibrate with.
func CalibrationTexts() []string { return strings.Split(calibrationText, "\n\n") }

// How much of a text a calibration reads, as a passage and as a question.
const (
	calibrationTokens   = 112
	calibrationQuestion = 32
)

// calibrationBatch is each text as a passage, and its beginning as a question where the model reads
// questions otherwise.
func calibrationBatch(f *Files, texts []string) *batch {
	b, c := &batch{}, f.Config
	for _, text := range texts {
		b.add(f.Tokenizer.Encode(nil, c.PassagePrefix+text, min(calibrationTokens, c.Positions)), nil)
		if c.QueryPrefix != c.PassagePrefix {
			first, _, _ := strings.Cut(text, "\n")
			b.add(f.Tokenizer.Encode(nil, c.QueryPrefix+first, min(calibrationQuestion, c.Positions)), nil)
		}
	}
	return b
}
