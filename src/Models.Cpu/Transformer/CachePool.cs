namespace AgentTeams;

/// <summary>Key-value memory by capacity, kept for reuse.</summary>
internal sealed unsafe class CachePool(ModelConfig config)
{
    private const int Granularity = 32;
    private readonly Dictionary<int, Stack<FloatBuffer>> _free = [];

    public ModelConfig Config => config;

    public (FloatBuffer Buffer, KeyValueCache Cache) Rent(int positions)
    {
        var capacity = (positions + Granularity - 1) / Granularity * Granularity;
        var buffer = _free.TryGetValue(capacity, out var free) && free.Count > 0 ? free.Pop() : new FloatBuffer();
        var data = buffer.Ensure(KeyValueCache.SizeOf(config, capacity));
        return (buffer, new KeyValueCache((nint)data, capacity, config.KeyValueHeads, config.HeadSize));
    }

    public void Return(FloatBuffer buffer, int capacity)
    {
        if (!_free.TryGetValue(capacity, out var free)) _free[capacity] = free = new Stack<FloatBuffer>();
        free.Push(buffer);
    }
}

/// <summary>One sequence that is being sampled.</summary>
internal sealed class CachedSequence : ICachedSequence
{
    private readonly CachePool _pool;
    private FloatBuffer? _buffer;

    public CachedSequence(CachePool pool, AdapterWeights? adapter, int capacity)
    {
        (_pool, Adapter) = (pool, adapter);
        (_buffer, Cache) = pool.Rent(capacity);
    }

    public KeyValueCache Cache { get; }

    public AdapterWeights? Adapter { get; }

    public int Length { get; set; }

    public void CopyPrefixFrom(ICachedSequence other, int length)
    {
        Cache.CopyPrefix(((CachedSequence)other).Cache, _pool.Config.Layers, length);
        Length = length;
    }

    public void Dispose()
    {
        if (_buffer is null) return;
        _pool.Return(_buffer, Cache.Capacity);
        _buffer = null;
    }
}
