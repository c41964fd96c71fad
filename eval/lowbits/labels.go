package lowbits

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"sluice/eval/fusion"
)

// ErrLabels is a file that is not what recipes/vectors/labelled.py writes, or that belongs to other
// vectors.
var ErrLabels = errors.New("not the labels of these vectors")

const labelLineBytes = 16 << 20

// labelSet is one labelled set: its passages are rows of the vector file from first on.
type labelSet struct {
	name       string
	documents  int
	first      int
	documentOf []int
	questions  []labelQuestion
}

type labelQuestion struct {
	row    int
	grades map[int]float64
	bm25   []scored // best first
}

type scored = fusion.Scored[int]

// labelLine is either kind of line of the file.
type labelLine struct {
	Set        string             `json:"set"`
	Documents  int                `json:"documents"`
	First      int                `json:"first"`
	DocumentOf []int              `json:"document_of"`
	Row        int                `json:"row"`
	Grades     map[string]float64 `json:"grades"`
	BM25       [][2]float64       `json:"bm25"`
}

// readLabels reads and checks every number against the vectors' count of rows.
func readLabels(r io.Reader, rows int) ([]*labelSet, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, labelLineBytes)
	var sets []*labelSet
	byName := map[string]*labelSet{}
	for number := 1; lines.Scan(); number++ {
		var line labelLine
		err := json.Unmarshal(lines.Bytes(), &line)
		if err == nil && line.DocumentOf != nil {
			set := &labelSet{name: line.Set, documents: line.Documents, first: line.First, documentOf: line.DocumentOf}
			byName[line.Set], sets = set, append(sets, set)
			err = set.check(rows)
		} else if err == nil {
			err = byName[line.Set].add(line, rows)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrLabels, number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLabels, err)
	}
	for _, set := range sets {
		if len(set.questions) == 0 {
			return nil, fmt.Errorf("%w: set %s has no question", ErrLabels, set.name)
		}
	}
	if len(sets) == 0 {
		return nil, fmt.Errorf("%w: no set in it", ErrLabels)
	}
	return sets, nil
}

func (s *labelSet) check(rows int) error {
	if s.first < 0 || s.first+len(s.documentOf) > rows {
		return fmt.Errorf("rows %d to %d of %d", s.first, s.first+len(s.documentOf), rows)
	}
	for _, d := range s.documentOf {
		if d < 0 || d >= s.documents {
			return fmt.Errorf("document %d of %d", d, s.documents)
		}
	}
	return nil
}

func (s *labelSet) add(line labelLine, rows int) error {
	if s == nil || line.Row < 0 || line.Row >= rows || len(line.Grades) == 0 {
		return fmt.Errorf("a question in row %d of %d, set %q, %d grades", line.Row, rows, line.Set, len(line.Grades))
	}
	q := labelQuestion{row: line.Row, grades: map[int]float64{}}
	for text, grade := range line.Grades {
		document, err := strconv.Atoi(text)
		if err != nil || document < 0 || document >= s.documents || grade <= 0 {
			return fmt.Errorf("grade %v of document %q", grade, text)
		}
		q.grades[document] = grade
	}
	for _, pair := range line.BM25 {
		if pair[0] < 0 || pair[0] >= float64(s.documents) {
			return fmt.Errorf("document %v of %d", pair[0], s.documents)
		}
		q.bm25 = append(q.bm25, scored{Document: int(pair[0]), Score: pair[1]})
	}
	s.questions = append(s.questions, q)
	return nil
}
