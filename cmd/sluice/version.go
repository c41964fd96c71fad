package main

import (
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is set by a release's build.
var release = "0.1.0-dev"

// version is the release with the commit it was built from, where the build knows it.
func version() string {
	v := release
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			v += " " + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			v += "+"
		}
	}
	return v
}

func (a *app) versionVerb() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: a.verb(func(*cobra.Command, []string) (any, func(), error) {
			return map[string]string{"version": version()}, func() { a.printf("sluice %s\n", version()) }, nil
		}),
	}
}
