// Package upstream asks the model servers that word answers: any number of them, each speaking
// OpenAI's API, as vendors, vLLM, SGLang, llama.cpp and Ollama do. What is sent and what comes back
// is JSON as it is: fields that nobody here knows go through unchanged.
//
//	pool.go     a request, from its turn in the queue to its reply, with retries and hedging
//	route.go    which server: the one that has read most of the prompt, unless it is busy
//	queue.go    whose turn it is: fair shares among clients, and no server idle beside a queue
//	breaker.go  a server that fails rests, longer each time
//	body.go     a reply that may be too long, too slow or cut, and the tokens that it counts
//	stream.go   a reply -> its words as they come
//	models.go   which models there are, and the servers on this machine
//
// Servers misbehave. Whatever one does, a request ends with its context, and nothing of it is left
// behind: the answer's caller still has the window.
package upstream
