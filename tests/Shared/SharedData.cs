using System.Runtime.CompilerServices;

namespace AgentTeams.Tests;

/// <summary>Finds the reference data that lies beside a development checkout; tests that need it are skipped elsewhere.</summary>
internal static class SharedData
{
    public static string? Find(string relativePath, [CallerFilePath] string thisFile = "")
    {
        var repository = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
        var path = Path.Combine(repository, "..", "shared", relativePath);
        return Path.Exists(path) ? Path.GetFullPath(path) : null;
    }
}

/// <summary>A test that reads the shared reference data and reports itself skipped where that is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(string relativePath)
    {
        if (SharedData.Find(relativePath) is null) Skip = $"../shared/{relativePath} is not on this machine.";
    }
}

/// <summary>The same for a test with several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute(string relativePath)
    {
        if (SharedData.Find(relativePath) is null) Skip = $"../shared/{relativePath} is not on this machine.";
    }
}
