using Microsoft.Win32.SafeHandles;

namespace AgentTeams.Storage;

/// <summary>Keeps a run's other writers out, in this process and others: a file that one holds, and that the system frees when its process ends.</summary>
internal static class JournalHold
{
    /// <summary>Takes hold of a run. The file is never deleted: two would else hold two files of one name.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="path">The file.</param>
    /// <param name="where">Where the journal lies, for people.</param>
    /// <exception cref="JournalInUseException">Another writer has it.</exception>
    public static SafeFileHandle Take(string runId, string path, string where)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (IsHeld(e.HResult))
        {
            throw new JournalInUseException(runId, where, e);
        }
    }

    // Windows' sharing and lock violations; EWOULDBLOCK of Linux and of macOS. A full disk, say, is nobody's hold.
    private static bool IsHeld(int code) => OperatingSystem.IsWindows() ? (code & 0xFFFF) is 32 or 33 : code is 11 or 35;
}
