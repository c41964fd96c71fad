package serve

import (
	"context"
	"slices"
)

// scopeKey is where a context carries the sources that its caller may see.
type scopeKey struct{}

// Within returns a context whose requests see these sources and nothing of any other: neither
// their passages nor their words, names or numbers.
func Within(ctx context.Context, sources []string) context.Context {
	return context.WithValue(ctx, scopeKey{}, slices.Clone(sources))
}

// scopeOf is what a request may see; false: everything.
func scopeOf(ctx context.Context) ([]string, bool) {
	sources, ok := ctx.Value(scopeKey{}).([]string)
	return sources, ok
}

// sees tells whether a request may see a source.
func sees(ctx context.Context, label string) bool {
	sources, cut := scopeOf(ctx)
	return !cut || slices.Contains(sources, label)
}

// callerKey is where a context carries who asks.
type callerKey struct{}

// CalledBy returns a context that says who asks: the name of a token, for what is written down.
func CalledBy(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, callerKey{}, name)
}

func callerOf(ctx context.Context) string {
	name, _ := ctx.Value(callerKey{}).(string)
	return name
}
