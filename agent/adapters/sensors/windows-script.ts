// SPDX-License-Identifier: MIT

/*
 * What asks Windows, in PowerShell 5.1, which every Windows 10 and 11 has. It answers each line that it reads by one line
 * of JSON with what the system calls say, unjudged, and ends with its input. No double quotes: it is handed over as an argument.
 */

/** `CallNtPowerInformation`: 11 is ProcessorInformation, 16 SystemExecutionState; of a session 25 is WTSSessionInfoEx. */
const CALLS = `
using System; using System.Runtime.InteropServices;
public static class Lull {
  struct LastInput { public uint Size; public uint Time; }
  public struct Power { public byte Ac, Battery, Percent, Saver; public uint Left, Full; }
  [DllImport(~user32.dll~)] static extern bool GetLastInputInfo(ref LastInput info);
  [DllImport(~kernel32.dll~)] static extern bool GetSystemPowerStatus(out Power power);
  [DllImport(~shell32.dll~)] static extern int SHQueryUserNotificationState(out int state);
  [DllImport(~powrprof.dll~)] static extern uint CallNtPowerInformation(int level, IntPtr input, uint size, byte[] output, uint length);
  [DllImport(~wtsapi32.dll~, CharSet = CharSet.Unicode)] static extern bool WTSQuerySessionInformation(IntPtr server, int session, int what, out IntPtr buffer, out int length);
  [DllImport(~wtsapi32.dll~)] static extern void WTSFreeMemory(IntPtr buffer);
  public static uint Idle() {
    var info = new LastInput(); info.Size = (uint)Marshal.SizeOf(info);
    if (!GetLastInputInfo(ref info)) throw new Exception(~no input~);
    return unchecked((uint)Environment.TickCount - info.Time);
  }
  public static Power Supply() {
    Power power; if (!GetSystemPowerStatus(out power)) throw new Exception(~no power~);
    return power;
  }
  public static int Notification() {
    int state; if (SHQueryUserNotificationState(out state) != 0) throw new Exception(~no state~);
    return state;
  }
  public static int SessionFlags() {
    IntPtr buffer; int length;
    if (!WTSQuerySessionInformation(IntPtr.Zero, -1, 25, out buffer, out length)) throw new Exception(~no session~);
    try { return Marshal.ReadInt32(buffer) == 1 ? Marshal.ReadInt32(buffer, 16) : -1; } finally { WTSFreeMemory(buffer); }
  }
  public static uint[] Ask(int level, int words) {
    var bytes = new byte[4 * words];
    if (CallNtPowerInformation(level, IntPtr.Zero, 0, bytes, (uint)bytes.Length) != 0) throw new Exception(~refused~);
    var answer = new uint[words]; Buffer.BlockCopy(bytes, 0, answer, 0, bytes.Length);
    return answer;
  }
}`;

/** `now`: who is there, and power. `more`: what changes seldom and costs more to ask. */
export const WINDOWS_SCRIPT = `
$ErrorActionPreference = 'Stop'
Add-Type -TypeDefinition ('${CALLS}'.Replace('~', [string][char]34))
$store = 'HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\CapabilityAccessManager\\ConsentStore\\'
function Try-It($ask) { try { & $ask } catch { $null } }
function Uses($what) {
  Get-ChildItem -Recurse ($store + $what) | Where-Object { $_.GetValue('LastUsedTimeStop') -eq 0 } |
    ForEach-Object { [string]$_.GetValue('LastUsedTimeStart') }
}
while ($null -ne ($line = [Console]::In.ReadLine())) {
  $answer = @{}
  if ($line -eq 'now') {
    $answer.idleMs = Try-It { [Lull]::Idle() }
    $answer.session = Try-It { [Lull]::SessionFlags() }
    $power = Try-It { [Lull]::Supply() }
    if ($null -ne $power) {
      $answer.ac = $power.Ac; $answer.battery = $power.Battery
      $answer.percent = $power.Percent; $answer.saver = $power.Saver
    }
    $answer.notification = Try-It { [Lull]::Notification() }
    $answer.execution = Try-It { [Lull]::Ask(16, 1)[0] }
  } else {
    $cpu = Try-It { [Lull]::Ask(11, 6 * [Environment]::ProcessorCount) }
    if ($null -ne $cpu) { $answer.maxMhz = $cpu[1]; $answer.mhzLimit = $cpu[3] }
    $answer.microphone = Try-It { (Uses 'microphone') -join ' ' }
    $answer.camera = Try-It { (Uses 'webcam') -join ' ' }
    $answer.cost = Try-It {
      $net = [Windows.Networking.Connectivity.NetworkInformation, Windows.Networking.Connectivity, ContentType = WindowsRuntime]
      $profile = $net::GetInternetConnectionProfile()
      if ($null -eq $profile) { 'None' } else { [string]$profile.GetConnectionCost().NetworkCostType }
    }
  }
  [Console]::Out.WriteLine((ConvertTo-Json -Compress -InputObject $answer))
}
`;
