// Go's runtime takes its random bytes from ProcessPrng of bcryptprimitives.dll, which Wine before 9 lacks. This DLL
// stands in for it: what the older RtlGenRandom gives, which advapi32 exports under the name SystemFunction036.
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
  for (SIZE_T done = 0; done < length;) {
    ULONG part = length - done < 1 << 20 ? (ULONG)(length - done) : 1 << 20;
    if (!SystemFunction036(data + done, part)) return FALSE;
    done += part;
  }
  return TRUE;
}
