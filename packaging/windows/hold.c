/* For the trial: keeps a file open as a virus scanner may, so that nobody can move it. */
#include <windows.h>

int wmain(int count, wchar_t **words)
{
    if (count != 2)
        return 2;
    HANDLE file = CreateFileW(words[1], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return 1;
    Sleep(INFINITE);
    return 0;
}
