// start COMMAND LINE runs a Windows program and exits with its exit code. A program with many threads now and then hangs
// in Wine 8 when it ends: what its caller on Linux then learns of it is that it was killed. Wine's server knows the code.
#include <windows.h>

int main(void) {
  WCHAR *line = GetCommandLineW();
  BOOL quoted = FALSE;
  while (*line && (quoted || *line != L' ')) quoted ^= *line++ == L'"';
  while (*line == L' ') line++;
  STARTUPINFOW how = {.cb = sizeof how};
  PROCESS_INFORMATION program;
  DWORD code = 126;
  if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &how, &program)) return 127;
  WaitForSingleObject(program.hProcess, INFINITE);
  GetExitCodeProcess(program.hProcess, &code);
  return (int)code;
}
