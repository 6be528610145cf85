using System.Runtime.InteropServices;

namespace AgentTeams.Models.Torch;

/// <summary>Tells a missing native library from one that the system is too old for.</summary>
internal static class OlderSystem
{
    private const string Library = "libLibTorchSharp.so";
    private const string Needed = "GLIBCXX_3.4.32";

    /// <summary>Why the library that lies beside the application cannot be loaded here, or null where there is another reason.</summary>
    public static string? Problem() => Problem(AppContext.BaseDirectory, path => NativeLibrary.Free(NativeLibrary.Load(path)));

    /// <param name="directory">The application's folder.</param>
    /// <param name="load">Loads a library or throws.</param>
    public static string? Problem(string directory, Action<string> load)
    {
        if (!Directory.Exists(directory) || Directory.EnumerateFiles(directory, Library, SearchOption.AllDirectories).FirstOrDefault() is not { } path)
            return null;
        try
        {
            load(path);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            if (!e.Message.Contains(Needed, StringComparison.Ordinal)) return null;
            return $"TorchSharp's native library '{path}' needs {Needed}, which the C++ library of this system (libstdc++6) does not have: it must be that "
                + "of GCC 13 or newer, as in Debian 13, Ubuntu 24.04 and Fedora 38. Run on such a system or in a container of one, "
                + "install a newer libstdc++6, or use the CPU engine, which needs no native library.";
        }
    }
}
