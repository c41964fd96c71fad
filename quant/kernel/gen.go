package kernel

// The amd64 assembly is written by the module in _asm.

//go:generate sh -c "cd _asm && go run . -group onebit -out ../onebit_amd64.s -stubs ../onebit_stubs_amd64.go -pkg kernel"
//go:generate sh -c "cd _asm && go run . -group posting -out ../posting_amd64.s -stubs ../posting_stubs_amd64.go -pkg kernel"
//go:generate sh -c "cd _asm && go run . -group limits -out ../../../eval/roofline/limits_amd64.s -stubs ../../../eval/roofline/limits_stubs_amd64.go -pkg roofline"
//go:generate sh -c "cd _asm && go run . -group maxsim -out ../maxsim_amd64.s -stubs ../maxsim_stubs_amd64.go -pkg kernel"
//go:generate sh -c "cd _asm && go run . -group dot4 -out ../dot4_amd64.s -stubs ../dot4_stubs_amd64.go -pkg kernel"
//go:generate sh -c "cd _asm && go run . -group matmul -out ../matmul_amd64.s -stubs ../matmul_stubs_amd64.go -pkg kernel"
//go:generate sh -c "cd _asm && go run . -group float -out ../float_amd64.s -stubs ../float_stubs_amd64.go -pkg kernel"
//go:generate sh -c "cd _asm && go run . -group layer -out ../layer_amd64.s -stubs ../layer_stubs_amd64.go -pkg kernel"
//go:generate sh -c "cd _asm && go run . -group attention -out ../attention_amd64.s -stubs ../attention_stubs_amd64.go -pkg kernel"
//go:generate sh -c "cd _asm && go run . -group tiles -out ../tiles_amd64.s -stubs ../tiles_stubs_amd64.go -pkg kernel"
