package main

// task is something an agent has to find: where something is done. It is found when the line that
// begins with anchor is on screen, of the file at path.
type task struct {
	tree     string
	question string
	path     string // relative to the tree
	anchor   string
}

// The trees: this repository, a part of the Linux kernel, the source of a Go module.
const (
	ownTree    = "this repository"
	kernelTree = "linux mm/"
	moduleTree = "go-sdk"
)

// tasks were written by reading the trees, before any of them was asked.
var tasks = []task{
	{ownTree, "where is a line of the protocol that is too long skipped without being held", "serve/mcp/lines.go", "func readLine("},
	{ownTree, "which function tells whether a document passes the filter for paths and types", "index/filter.go", "func (f *Filter) match("},
	{ownTree, "where are credentials like keys and tokens recognised in a text", "corpus/secret/secret.go", "func Find("},
	{ownTree, "how does a commit of a new generation make sure that nobody else committed meanwhile", "index/commit.go", "func (s *Store) Commit("},
	{kernelTree, "how does the out of memory killer score which process to kill", "oom_kill.c", "long oom_badness("},
	{kernelTree, "where is a list of pages moved to other nodes, with retries", "migrate.c", "int migrate_pages("},
	{kernelTree, "where does the slab allocator look for an existing cache that a new one can be merged with", "slab_common.c", "struct kmem_cache *find_mergeable("},
	{kernelTree, "where is memory charged to a cgroup, and reclaim tried when its limit is hit", "memcontrol.c", "static int try_charge_memcg("},
	{moduleTree, "where are the names of tools checked for characters that are not allowed", "mcp/tool.go", "func validateToolName("},
	{moduleTree, "where is the ping that keeps a session alive started, and what ends it after failures", "mcp/shared.go", "func startKeepalive("},
	{moduleTree, "how long does the streaming client wait before it reconnects, with backoff", "mcp/streamable.go", "func calculateReconnectDelay("},
	{moduleTree, "how is a uri matched against a resource template", "mcp/resource.go", "func (sr *serverResourceTemplate) Matches("},
}
