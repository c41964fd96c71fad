package facts

import (
	"path/filepath"
	"testing"

	"sluice/corpus/extract/formats"
	"sluice/internal/tool"
)

// TestFixtures: of what other programs found in pictures, subtitles and WARC files, all is found.
func TestFixtures(t *testing.T) {
	kinds := []string{"image", "subtitle", "warc"}
	if tool.Has("tesseract") {
		kinds = append(kinds, "ocr-image")
	}
	rows, err := Measure(t.Context(), formats.Local{}, filepath.Join("..", "..", "..", "shared", "fixtures"), kinds)
	if err != nil {
		t.Skip("the fixtures are not here: ", err)
	}
	for _, r := range rows {
		t.Logf("%s: %d of %d facts in %d files, %.0f ms", r.Kind, r.Found, r.There, r.Files, r.Ms)
		if r.Found < r.There || r.There == 0 || r.Refused > 0 {
			t.Errorf("%+v", r)
		}
	}
}
