using System.Runtime.InteropServices;

namespace AgentTeams.Tests;

/// <summary>A test that needs the native tokenizers library, and reports itself skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NativeFactAttribute : FactAttribute
{
    public NativeFactAttribute()
    {
        if (!IsThere) Skip = Missing;
    }

    public static string Missing => "The native tokenizers library is there for Linux on x64 only.";

    public static bool IsThere => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    public string? SharedFolder
    {
        get => null;
        init
        {
            if (value is not null && SharedData.Find(value) is null) Skip = $"../shared/{value} is not on this machine.";
        }
    }
}

/// <summary>The same for a test with several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NativeTheoryAttribute : TheoryAttribute
{
    public NativeTheoryAttribute()
    {
        if (!NativeFactAttribute.IsThere) Skip = NativeFactAttribute.Missing;
    }
}
