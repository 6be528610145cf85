namespace AgentTeams.Models;

/// <summary>Working memory of sampling, one per thread, as large as the largest vocabulary that the thread met.</summary>
internal sealed class SamplingScratch
{
    [ThreadStatic]
    private static SamplingScratch? s_current;

    private SamplingScratch(int vocabularySize) =>
        (Logits, Weights, Keys, Ids, Seen) =
            (new float[vocabularySize], new float[vocabularySize], new ulong[vocabularySize], new int[vocabularySize], new bool[vocabularySize]);

    public float[] Logits { get; }

    public float[] Weights { get; }

    public ulong[] Keys { get; }

    public int[] Ids { get; }

    /// <summary>All false between two uses.</summary>
    public bool[] Seen { get; }

    /// <summary>The calling thread's.</summary>
    public static SamplingScratch For(int vocabularySize) =>
        s_current is { } current && current.Ids.Length >= vocabularySize ? current : s_current = new SamplingScratch(vocabularySize);
}
