/* For the trial: answers 0 while the program holds its mark, else 1. */
#include <windows.h>

int main(void)
{
    HANDLE mark = OpenMutexW(SYNCHRONIZE, FALSE, L"Local\\HaochiDesk");
    if (mark == NULL)
        return 1;
    CloseHandle(mark);
    return 0;
}
