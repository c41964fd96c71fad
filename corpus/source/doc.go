// Package source is what the connectors of stage 0 share: how bytes become text.
//
// One folder below this one is one connector. Each of them passes the suite of package sourcetest.
package source
