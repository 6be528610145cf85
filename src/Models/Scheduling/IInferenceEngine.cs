namespace AgentTeams.Models;

/// <summary>
/// What the scheduler needs of a model: sequences with cached keys and values, and a forward pass over any mixture of them.
/// Calls come from one thread at a time.
/// </summary>
internal interface IInferenceEngine
{
    /// <summary>The number of logits of one position.</summary>
    int VocabularySize { get; }

    /// <summary>The longest sequence, prompt and completion together.</summary>
    int MaxPositions { get; }

    /// <summary>Positions of all sequences together for which there is memory.</summary>
    long MaxCachedPositions { get; }

    /// <summary>Positions of which two sequences share keys and values, or not at all.</summary>
    int PageSize { get; }

    /// <summary>Reserves a cache for a sequence, which may begin with positions that are known already.</summary>
    /// <param name="weights">The weights that will read and write the sequence; they are held until it is disposed.</param>
    /// <param name="promptIds">The ids that it begins with.</param>
    /// <param name="capacity">The most positions it will hold.</param>
    /// <returns>The sequence, or null when there is no memory until others are disposed.</returns>
    ICachedSequence? TryOpen(SampledWeights weights, ReadOnlySpan<int> promptIds, int capacity);

    /// <summary>Forgets what was computed with weights that nobody will sample with any more.</summary>
    void Forget(SampledWeights weights);

    /// <summary>
    /// Appends tokens to each sequence and computes the logits after its last tokens where they are wanted, or draws tokens from
    /// them. What a token is drawn from in any other way than by temperature alone is drawn by the scheduler, from the logits.
    /// </summary>
    /// <param name="chunks">What to append; each sequence at most once.</param>
    /// <param name="draws">What to draw, in ascending order of rows.</param>
    /// <param name="tokens">Receives a token for each draw.</param>
    /// <param name="logits">
    /// Receives <see cref="VocabularySize"/> values for each position that they are wanted of, in chunk order; places of positions
    /// that a token is drawn at may be left as they are.
    /// </param>
    void Forward(ReadOnlySpan<SequenceChunk> chunks, ReadOnlySpan<TokenDraw> draws, Span<DrawnToken> tokens, Span<float> logits);
}

/// <summary>A sequence whose keys and values are cached; disposing it gives the memory back.</summary>
internal interface ICachedSequence : IDisposable
{
    /// <summary>How many positions are cached.</summary>
    int Length { get; }

    /// <summary>Another sequence with the same past, or null when there is no memory until others are disposed.</summary>
    /// <param name="capacity">The most positions it will hold.</param>
    ICachedSequence? Fork(int capacity);

    /// <summary>Forgets the positions from a length on.</summary>
    void Truncate(int length);

    /// <summary>Keeps the positions so far for sequences to come that begin alike.</summary>
    /// <param name="ids">The ids of all cached positions.</param>
    void Keep(ReadOnlySpan<int> ids);
}

/// <summary>Tokens to be appended to a sequence.</summary>
/// <param name="Sequence">The sequence.</param>
/// <param name="Tokens">An array that holds the tokens.</param>
/// <param name="Start">Where they begin in the array.</param>
/// <param name="Count">How many they are; 0 for the logits of a sequence that is cached as a whole.</param>
/// <param name="LogitRows">After how many of the tokens, counted from the last, the logits are wanted; 0 for none.</param>
internal readonly record struct SequenceChunk(ICachedSequence Sequence, int[] Tokens, int Start, int Count, int LogitRows);
