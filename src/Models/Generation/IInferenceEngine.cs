namespace AgentTeams;

/// <summary>
/// What the scheduler needs of a model: sequences with cached keys and values, and a forward pass over any mixture of them.
/// Calls come from one thread at a time.
/// </summary>
public interface IInferenceEngine
{
    /// <summary>The number of logits of one position.</summary>
    int VocabularySize { get; }

    /// <summary>The longest sequence, prompt and completion together.</summary>
    int MaxPositions { get; }

    /// <summary>Reserves a cache for a sequence of a policy.</summary>
    /// <param name="policy">The policy that will read and write the sequence.</param>
    /// <param name="capacity">The most positions it will hold.</param>
    ICachedSequence Open(Policy policy, int capacity);

    /// <summary>Appends tokens to each sequence and computes the logits after its last token.</summary>
    /// <param name="chunks">What to append; each sequence at most once.</param>
    /// <param name="logits">Receives chunks × <see cref="VocabularySize"/> values in chunk order.</param>
    void Forward(ReadOnlySpan<SequenceChunk> chunks, Span<float> logits);
}

/// <summary>A sequence whose keys and values are cached; disposing it gives the memory back.</summary>
public interface ICachedSequence : IDisposable
{
    /// <summary>How many positions are cached.</summary>
    int Length { get; }

    /// <summary>Takes over the first positions of another sequence of the same policy, as if they had been computed here.</summary>
    void CopyPrefixFrom(ICachedSequence other, int length);
}

/// <summary>Tokens to be appended to a sequence.</summary>
/// <param name="Sequence">The sequence.</param>
/// <param name="Tokens">An array that holds the tokens.</param>
/// <param name="Start">Where they begin in the array.</param>
/// <param name="Count">How many they are; at least 1.</param>
public readonly record struct SequenceChunk(ICachedSequence Sequence, int[] Tokens, int Start, int Count);
