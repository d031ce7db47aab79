; The Windows setup of Haochi Desk, per user and without an administrator.
; make.py calls makensis with VERSION, PAYLOAD, SIZE_KB, OUT and ICON; FAST packs worse and sooner.
; AMD64 asks for a 64-bit setup, which Debian's NSIS can make; the NSIS for Windows cannot.
;
; Exit codes of a silent run (/S): 0 done, 2 not to be written (a full disk), 3 not 64-bit, 4 Windows too old, 5 the program runs,
; 6 a part of Windows is missing, 7 a newer version is installed, 8 program files are in use.

!ifdef AMD64
  Target amd64-unicode
!endif
Unicode true
ManifestDPIAware true
ManifestSupportedOS Win10
RequestExecutionLevel user
AllowSkipFiles off ; a file that cannot be written ends the setup, never leaves a hole
!ifdef FAST
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
!endif

!include MUI2.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include WordFunc.nsh
!include x64.nsh

!define NAME "皓齿前台"
!define PROGRAM "haochi-desk.exe"
!define MUTEX "Local\HaochiDesk" ; held by the program while it runs (ui/mutex.py)
!define TASKS "HaochiDesk" ; the folder of its scheduled tasks (services/scheduled/task_xml.py)
!define DATA "$LOCALAPPDATA\haochi-desk" ; where clinics are, never touched here
!define MEMORY "Software\HaochiDesk" ; "Place": where else the clinic is (services/data_place.py)
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\HaochiDesk"

Name "${NAME}"
OutFile "${OUT}"
; letters and digits only: what somebody types into a path later, every old tool understands
InstallDir "$LOCALAPPDATA\Programs\HaochiDesk"
InstallDirRegKey HKCU "${KEY}" "InstallLocation"
BrandingText "${NAME} ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}"
!define MUI_FINISHPAGE_NOREBOOTSUPPORT
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "SimpChinese"
!insertmacro MUI_LANGUAGE "English"

!macro Say name chinese english
  LangString ${name} ${LANG_SIMPCHINESE} "${chinese}"
  LangString ${name} ${LANG_ENGLISH} "${english}"
!macroend
!insertmacro Say BITS \
  "本程序需要 64 位的 Windows 10 (1809 或更新)，这台电脑是 32 位的，不能安装。" \
  "This program needs 64-bit Windows 10 (1809 or later); this PC runs a 32-bit Windows."
!insertmacro Say TOO_OLD \
  "本程序需要 Windows 10 1809 或更新的版本。请先更新 Windows，再安装。" \
  "This program needs Windows 10 version 1809 or later. Please update Windows first."
!insertmacro Say NO_ICU \
  "这台电脑的 Windows 缺少 icuuc.dll，程序打不开。请先完成 Windows 更新，再安装。" \
  "This Windows lacks icuuc.dll, which the program needs. Please finish Windows Update first."
!insertmacro Say RUNNING \
  "皓齿前台正在运行(也可能正在做定时备份)。请先退出程序，再点“重试”。" \
  "Haochi Desk is running (a scheduled backup counts too). Please quit it, then retry."
!insertmacro Say NEWER \
  "这台电脑已经装了更新的版本 $0，不能退回 ${VERSION}。诊所数据没有动过。" \
  "The newer version $0 is installed; going back to ${VERSION} is refused. No data was touched."
!insertmacro Say IN_USE \
  "旧的程序文件正被别的软件占用，没有改动任何东西。请重启电脑后再安装。" \
  "Another program uses the installed files. Nothing was changed. Please restart the PC and try again."
!insertmacro Say KEPT \
  "程序已卸载，诊所数据没有删除，仍在：$\r$\n$2$\r$\n重新安装后打开程序，一切照旧。" \
  "The program was removed. The clinic's data was kept in:$\r$\n$2$\r$\nInstall again to continue."
!insertmacro Say ABOUT "牙科诊所的会员、积分、礼品与随访" "The front desk of a dental clinic"

VIProductVersion "${VERSION}.0"
VIFileVersion "${VERSION}.0"
!macro Resource language
  VIAddVersionKey /LANG=${language} "ProductName" "${NAME} Haochi Desk"
  VIAddVersionKey /LANG=${language} "FileDescription" "${NAME} ${VERSION} setup"
  VIAddVersionKey /LANG=${language} "CompanyName" "Haochi Desk"
  VIAddVersionKey /LANG=${language} "LegalCopyright" "Haochi Desk"
  VIAddVersionKey /LANG=${language} "FileVersion" "${VERSION}"
  VIAddVersionKey /LANG=${language} "ProductVersion" "${VERSION}"
!macroend
!insertmacro Resource ${LANG_SIMPCHINESE}
!insertmacro Resource ${LANG_ENGLISH}

!macro Refuse code words
  MessageBox MB_OK|MB_ICONSTOP "${words}" /SD IDOK
  SetErrorLevel ${code}
  Quit
!macroend

; Ends with 5 while somebody holds the program's mark.
!macro StopWhileRunning
  ${Do}
    System::Call 'kernel32::OpenMutexW(i 0x100000, i 0, w "${MUTEX}") p .r1'
    ${If} $1 P= 0
      ${ExitDo}
    ${EndIf}
    System::Call 'kernel32::CloseHandle(p r1)'
    ${If} ${Cmd} `MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(RUNNING)" /SD IDCANCEL IDCANCEL`
      SetErrorLevel 5
      Quit
    ${EndIf}
  ${Loop}
!macroend

Function .onInit
  !ifndef AMD64
    ${IfNot} ${RunningX64}
      !insertmacro Refuse 3 "$(BITS)"
    ${EndIf}
  !endif
  ${IfNot} ${AtLeastWin10}
    !insertmacro Refuse 4 "$(TOO_OLD)"
  ${EndIf}
  ${IfNot} ${AtLeastBuild} 17763
    !insertmacro Refuse 4 "$(TOO_OLD)"
  ${EndIf}
  ${DisableX64FSRedirection}
  ${IfNot} ${FileExists} "$SYSDIR\icuuc.dll"
    !insertmacro Refuse 6 "$(NO_ICU)"
  ${EndIf}
  ${EnableX64FSRedirection}
  ReadRegStr $0 HKCU "${KEY}" "DisplayVersion"
  ${VersionCompare} "$0" "${VERSION}" $1
  ${If} $0 != ""
  ${AndIf} $1 == 1
    !insertmacro Refuse 7 "$(NEWER)"
  ${EndIf}
  !insertmacro StopWhileRunning
FunctionEnd

; The new program is unpacked into _new beside the old one, which stays as it is until then. The
; swap is four renames: the old program file goes first and the new one comes last, so a setup that
; is killed leaves the old program, the new one, or for a moment none that could be started; the
; next setup then begins with PutBack. Files that somebody else put there stay where they are.

; Renames, again and again for ten seconds: a virus scanner looks at what was just written.
!macro Move from to
  StrCpy $3 0
  ${DoWhile} ${FileExists} "${from}"
    Rename "${from}" "${to}"
    ${IfThen} $3 >= 20 ${|} ${ExitDo} ${|}
    ${If} ${FileExists} "${from}"
      Sleep 500
    ${EndIf}
    IntOp $3 $3 + 1
  ${Loop}
!macroend

; The program of before, if the swap was broken off; without one of before, what there is.
Function PutBack
  ${IfNot} ${FileExists} "$INSTDIR\${PROGRAM}"
    ${If} ${FileExists} "$INSTDIR\_old\_internal"
      RMDir /r "$INSTDIR\_internal"
      !insertmacro Move "$INSTDIR\_old\_internal" "$INSTDIR\_internal"
    ${EndIf}
    ${IfNot} ${FileExists} "$INSTDIR\_old\_internal"
      !insertmacro Move "$INSTDIR\_old\${PROGRAM}" "$INSTDIR\${PROGRAM}"
    ${EndIf}
  ${EndIf}
FunctionEnd

Function GiveUp
  Call PutBack
  RMDir /r "$INSTDIR\_new"
  RMDir "$INSTDIR\_old" ; only when nothing is in it
  !insertmacro Refuse 8 "$(IN_USE)"
FunctionEnd

; The old program away and the new one in, or the setup ends with 8 and nothing has changed.
Function Swap
  CreateDirectory "$INSTDIR\_old"
  !insertmacro Move "$INSTDIR\${PROGRAM}" "$INSTDIR\_old\${PROGRAM}"
  ${If} ${FileExists} "$INSTDIR\${PROGRAM}"
    Call GiveUp
  ${EndIf}
  !insertmacro Move "$INSTDIR\_internal" "$INSTDIR\_old\_internal"
  ${If} ${FileExists} "$INSTDIR\_internal"
    Call GiveUp
  ${EndIf}
  !insertmacro Move "$INSTDIR\_new\_internal" "$INSTDIR\_internal"
  ${If} ${FileExists} "$INSTDIR\_new\_internal"
    Call GiveUp
  ${EndIf}
  !insertmacro Move "$INSTDIR\_new\${PROGRAM}" "$INSTDIR\${PROGRAM}"
  ${IfNot} ${FileExists} "$INSTDIR\${PROGRAM}"
    Call GiveUp
  ${EndIf}
FunctionEnd

Function .onInstFailed ; a full disk while unpacking: the program of before was not touched
  SetOutPath "$INSTDIR"
  RMDir /r "$INSTDIR\_new"
FunctionEnd

Section
  SetShellVarContext current
  SetOverwrite on
  ; of a setup that was broken off
  Call PutBack
  ${If} ${FileExists} "$INSTDIR\${PROGRAM}"
    RMDir /r "$INSTDIR\_old"
  ${Else}
    RMDir "$INSTDIR\_old"
  ${EndIf}
  RMDir /r "$INSTDIR\_new"
  ${If} ${FileExists} "$INSTDIR\_old"
  ${OrIf} ${FileExists} "$INSTDIR\_new"
    !insertmacro Refuse 8 "$(IN_USE)"
  ${EndIf}
  SetOutPath "$INSTDIR\_new"
  ClearErrors
  File /r "${PAYLOAD}\*"
  WriteUninstaller "$INSTDIR\_new\uninstall.exe"
  ${If} ${Errors}
    Abort
  ${EndIf}
  SetOutPath "$INSTDIR"
  Call Swap
  Delete "$INSTDIR\uninstall.exe"
  Rename "$INSTDIR\_new\uninstall.exe" "$INSTDIR\uninstall.exe"
  Delete "$INSTDIR\licences.txt"
  Rename "$INSTDIR\_new\licences.txt" "$INSTDIR\licences.txt"
  RMDir /r "$INSTDIR\_new"
  RMDir /r "$INSTDIR\_old"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${PROGRAM}" "" "" "" "" "" "$(ABOUT)"
  CreateShortcut "$DESKTOP\${NAME}.lnk" "$INSTDIR\${PROGRAM}" "" "" "" "" "" "$(ABOUT)"
  WriteRegStr HKCU "${KEY}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${KEY}" "DisplayIcon" "$INSTDIR\${PROGRAM}"
  WriteRegStr HKCU "${KEY}" "Publisher" "Haochi Desk"
  WriteRegStr HKCU "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${KEY}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD HKCU "${KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${KEY}" "NoRepair" 1
SectionEnd

Function un.onInit
  !insertmacro StopWhileRunning
FunctionEnd

!macro ForgetTask name
  nsExec::Exec '"$SYSDIR\schtasks.exe" /Delete /F /TN "${TASKS}\${name}"'
  Pop $0 ; most desks have none
!macroend

Section Uninstall
  SetShellVarContext current
  SetOutPath "$TEMP" ; the folder one stands in cannot go
  !insertmacro ForgetTask "Backup"
  !insertmacro ForgetTask "Friday"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  Delete "$DESKTOP\${NAME}.lnk"
  Delete "$INSTDIR\${PROGRAM}"
  RMDir /r "$INSTDIR\_internal"
  RMDir /r "$INSTDIR\_old"
  RMDir /r "$INSTDIR\_new"
  Delete "$INSTDIR\licences.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR" ; stays when somebody put a file of their own there
  DeleteRegKey HKCU "${KEY}"
  ReadRegStr $2 HKCU "${MEMORY}" "Place" ; stays: the program looks there when it is back
  ${If} $2 == ""
    StrCpy $2 "${DATA}"
  ${EndIf}
  ${If} ${FileExists} "$2\*"
    MessageBox MB_OK|MB_ICONINFORMATION "$(KEPT)" /SD IDOK
  ${EndIf}
SectionEnd
