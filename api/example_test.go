package api_test

import (
	"encoding/json"
	"fmt"

	"sluice/api"
)

// A program reads what `sluice search --json` prints. Fields are added to it and never renamed.
func ExampleSearch() {
	printed := []byte(`{"query":"when does the lease end","took_ms":4.1,
		"funnel":[{"stage":"gather","in":8,"out":1,"dropped":{"no_match":7},"bytes":40,"ms":0.2}],
		"results":[{"rank":1,"id":"ce5hu2zqkvnd4xjd","source":"notes","path":"lease.md","lines":[3,4],
			"score":0.93,"fresh":"fresh","text":"The lease ends in March."}],
		"degraded":[{"what":"segment 9f02a1b3c4d5","why":"checksum","documents":12}]}`)
	var found api.Search
	if err := json.Unmarshal(printed, &found); err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range found.Results {
		fmt.Printf("%s:%d-%d %.2f %s\n", r.Path, r.Lines[0], r.Lines[1], r.Score, r.Text)
	}
	for _, d := range found.Degraded {
		fmt.Printf("not seen: %s (%s), %d documents\n", d.What, d.Why, d.Documents)
	}
	// Output:
	// lease.md:3-4 0.93 The lease ends in March.
	// not seen: segment 9f02a1b3c4d5 (checksum), 12 documents
}
