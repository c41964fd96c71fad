// start COMMAND LINE runs a Windows program and exits with its exit code. A program with many threads now and then hangs
// in Wine 8 when it ends: what its caller on Linux then learns of it is that it was killed. Wine's server knows the code.
// On a busy machine Wine now and then fails to start one: nothing of it has run then, and it is started again.
#include <windows.h>

int main(void) {
  WCHAR *line = GetCommandLineW();
  BOOL quoted = FALSE;
  while (*line && (quoted || *line != L' ')) quoted ^= *line++ == L'"';
  while (*line == L' ') line++;
  STARTUPINFOW how = {.cb = sizeof how};
  PROCESS_INFORMATION program;
  DWORD code = 126;
  for (int tries = 1; !CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &how, &program); tries++) {
    if (tries == 5) return 127;
    Sleep(1000);
  }
  WaitForSingleObject(program.hProcess, INFINITE);
  GetExitCodeProcess(program.hProcess, &code);
  return (int)code;
}
