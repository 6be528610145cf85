using LLama.Native;

namespace AgentTeams.Tests;

/// <summary>A test that runs exported models in llama.cpp, and reports itself skipped where that does not load.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LlamaCppFactAttribute : FactAttribute
{
    public LlamaCppFactAttribute() => Skip = LlamaCppLibrary.Missing;

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
internal sealed class LlamaCppTheoryAttribute : TheoryAttribute
{
    public LlamaCppTheoryAttribute() => Skip = LlamaCppLibrary.Missing;
}

/// <summary>The native library of LLamaSharp.</summary>
internal static class LlamaCppLibrary
{
    private static readonly Lazy<string?> s_missing = new(() =>
    {
        try
        {
            NativeLibraryConfig.LLama.WithLogCallback((_, _) => { });
            NativeApi.llama_empty_call();
            return null;
        }
        // Finding, loading and initialising it fail in as many ways as there are systems.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return $"llama.cpp does not load here: {e.GetBaseException().Message}";
        }
    });

    /// <summary>Why it is not there; null where it is.</summary>
    public static string? Missing => s_missing.Value;
}
