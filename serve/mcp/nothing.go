package mcp

import (
	"fmt"
	"strings"

	"sluice/api"
	"sluice/serve"
)

// nothing tells why nothing was found, and what to do.
func nothing(n *api.Nothing) string {
	if n == nil {
		return "Nothing was found.\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Nothing was found in %s.\n", serve.Plural(n.Searched, "passage"))
	for _, why := range n.Why {
		if why.What == "empty" {
			return "The store is empty: tell the user to run `sluice add FOLDER`.\n"
		}
		b.WriteString(line(why.Text) + "\n")
	}
	return b.String()
}
