namespace AgentTeams.Models.Torch;

/// <summary>
/// From hidden states to the scores of tokens, and back to the gradient of the hidden states. Where a micro-batch's logits would
/// be too large to keep, they are computed in parts, and again on the way back.
/// </summary>
internal sealed class TokenScorer
{
    // 1 GiB of float32; autograd keeps about three of them.
    private const long LogitsAtOnce = 1 << 28;
    private readonly Decoder _decoder;
    private readonly ValueHead? _valueHead;
    private readonly Tensor _normed;
    private readonly Tensor _ids;
    private readonly Tensor _inverseTemperatures;
    private readonly RowConstraints _constraints;
    private readonly int _rowsAtOnce;
    private Tensor? _kept;

    /// <param name="decoder">Has the output head.</param>
    /// <param name="valueHead">The critic's head, or null.</param>
    /// <param name="normed">Normalised hidden states [tokens, hidden], a leaf of its own graph.</param>
    /// <param name="rows">The rows whose tokens these are.</param>
    /// <param name="constraints">What narrowed their distributions.</param>
    /// <param name="vocabularySize">Logits of one token.</param>
    public TokenScorer(Decoder decoder, ValueHead? valueHead, Tensor normed, IReadOnlyList<TrainingRow> rows, RowConstraints constraints, int vocabularySize)
    {
        (_decoder, _valueHead, _normed, _constraints) = (decoder, valueHead, normed, constraints);
        _ids = TensorData.Integers([.. rows.SelectMany(r => r.CompletionIds).Select(i => (long)i)], normed.device).view(-1, 1);
        _inverseTemperatures = TensorData.Floats([.. rows.SelectMany(r => Enumerable.Repeat(1 / r.Temperature, r.CompletionIds.Length))], normed.device)
            .view(-1, 1);
        _rowsAtOnce = (int)Math.Max(1, LogitsAtOnce / vocabularySize);
    }

    private int Count => (int)_normed.shape[0];

    /// <summary>Log-probabilities, entropies, and values where there is a value head; one for each token.</summary>
    public (float[] LogProbs, float[] Entropies, float[] Values) Score()
    {
        var (logProbs, entropies) = (new float[Count], new float[Count]);
        for (var from = 0; from < Count; from += _rowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(_rowsAtOnce, Count - from);
            using var mode = enable_grad(is_grad_enabled() && count == Count);
            var distribution = Distribution(from, count);
            TensorData.CopyTo(distribution.gather(1, _ids.narrow(0, from, count)), logProbs.AsSpan(from, count));
            using (no_grad()) TensorData.CopyTo(Entropy(distribution), entropies.AsSpan(from, count));
            if (is_grad_enabled()) _kept = scope.MoveToOuter(distribution);
        }

        // A probability of 1 may come out a rounding error above it.
        for (var i = 0; i < logProbs.Length; i++) logProbs[i] = Math.Min(0, logProbs[i]);
        return (logProbs, entropies, _valueHead is null ? [] : TensorData.ToArray(_valueHead.Of(_normed)));
    }

    /// <summary>Adds the gradients of output head, value head and hidden states.</summary>
    public void Backward(float[] logProbs, float[] entropies, float[] values)
    {
        for (var from = 0; from < Count; from += _rowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(_rowsAtOnce, Count - from);
            var distribution = _kept ?? Distribution(from, count);
            List<Tensor> outputs = [distribution.gather(1, _ids.narrow(0, from, count))];
            List<Tensor> gradients = [Part(logProbs).view(-1, 1)];
            if (entropies.AsSpan(from, count).ContainsAnyExcept(0f))
            {
                outputs.Add(Entropy(distribution));
                gradients.Add(Part(entropies));
            }

            autograd.backward(outputs, gradients);

            Tensor Part(float[] gradient) => TensorData.Floats(gradient[from..(from + count)], _normed.device);
        }

        if (_valueHead is not null) autograd.backward(_valueHead.Of(_normed), TensorData.Floats(values, _normed.device));
    }

    // Ids that were ruled out have probability 0 and no share of the entropy, but 0 · -∞ would be no number.
    private static Tensor Entropy(Tensor distribution) => (distribution.exp() * distribution.clamp(min: float.MinValue)).sum(-1).neg();

    private Tensor Distribution(int from, int count)
    {
        var logits = _constraints.Apply(_decoder.Logits(_normed.narrow(0, from, count)), from);
        return nn.functional.log_softmax(logits * _inverseTemperatures.narrow(0, from, count), -1);
    }
}
