using System.Reflection;
using Xunit.Sdk;

namespace AgentTeams.Tests;

/// <summary>What of isolations and interpreters this machine has.</summary>
internal static class Sandboxes
{
    private static readonly Dictionary<IsolationKind, Lazy<string?>> Reasons = new()
    {
        [IsolationKind.Bubblewrap] = new(() => Missing(IsolationKind.Bubblewrap)),
        [IsolationKind.Unshare] = new(() => Missing(IsolationKind.Unshare)),
    };

    public static IEnumerable<IsolationKind> Usable => Reasons.Where(r => r.Value.Value is null).Select(r => r.Key);

    /// <summary>Small limits, so that code that runs into them does so soon.</summary>
    public static RunnerOptions Small { get; } = new() { WallTime = TimeSpan.FromSeconds(20), CpuSeconds = 1, MemoryBytes = 128 << 20, Processes = 16, ScratchBytes = 8 << 20 };

    /// <summary>Why a test is skipped, or null.</summary>
    public static string? Reason(CodeLanguage? language, IsolationKind isolation)
    {
        if (language is CodeLanguage.Python && HostProgram.Find("python3") is null) return "There is no python3 on this machine.";
        if (language is CodeLanguage.JavaScript && HostProgram.Find("node") is null) return "There is no node on this machine.";
        if (isolation != IsolationKind.Auto) return Reasons[isolation].Value;
        return Usable.Any() ? null : string.Join(" ", Reasons.Values.Select(r => r.Value));
    }

    private static string? Missing(IsolationKind kind)
    {
        _ = SandboxFolder.Path;
        using var choice = new IsolationChoice(Small with { Isolation = kind }, TimeProvider.System);
        try
        {
            Task.Run(() => choice.GetAsync(CancellationToken.None)).GetAwaiter().GetResult();
            return null;
        }
        catch (SandboxException e)
        {
            return e.Message;
        }
    }
}

/// <summary>A test of a sandbox, skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SandboxFactAttribute : FactAttribute
{
    public SandboxFactAttribute(IsolationKind isolation) => Skip = Sandboxes.Reason(null, isolation);

    public SandboxFactAttribute(CodeLanguage language) => Skip = Sandboxes.Reason(language, IsolationKind.Auto);
}

/// <summary>The same for a test that runs with each isolation that is here.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SandboxTheoryAttribute : TheoryAttribute
{
    public SandboxTheoryAttribute(CodeLanguage language) => Skip = Sandboxes.Reason(language, IsolationKind.Auto);
}

/// <summary>One row for each isolation that is here, with the values given after it.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class IsolationsAttribute(params object?[] values) : DataAttribute
{
    public override IEnumerable<object?[]> GetData(MethodInfo testMethod) => Sandboxes.Usable.Select(i => (object?[])[i, .. values]);
}

/// <summary>Sandboxes are tested one after the other: those of one test are not left-overs of another.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SandboxTests
{
    public const string Name = "sandboxes";
}
