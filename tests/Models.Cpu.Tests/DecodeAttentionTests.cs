namespace AgentTeams.Tests;

/// <summary>A position that is decoded gets the bits that it gets in prefill.</summary>
public sealed unsafe class DecodeAttentionTests
{
    [Theory]
    [InlineData(8, 1, 1)]
    [InlineData(12, 3, 33)]
    [InlineData(32, 2, 70)]
    [InlineData(40, 5, 48)]
    [InlineData(64, 4, 17)]
    public void Forward_HeadsOfOnePosition_EqualEachRowAlone(int headSize, int heads, int length)
    {
        var layout = new PageLayout(TinyModel.Config(300) with { HeadSize = headSize, KeyValueHeads = 1, Layers = 1 });
        var (pages, random) = (PageLayout.PagesFor(length), new Random(length));
        var (memory, query, scratch, alone, together) = (new FloatBuffer(), new FloatBuffer(), new FloatBuffer(), new FloatBuffer(), new FloatBuffer());
        memory.EnsureZeroed(pages * layout.Size);
        query.Ensure((length + 1) * headSize * heads);
        foreach (ref var value in query.Span) value = random.NextSingle() - 0.5f;
        scratch.Ensure(Attention.ScratchSize(length));
        alone.EnsureZeroed(headSize * heads);
        together.EnsureZeroed(headSize * heads);
        var addresses = stackalloc nint[pages];
        for (var i = 0; i < pages; i++) addresses[i] = (nint)(memory.Pointer + i * layout.Size);
        var head = layout.Head(addresses, 0, 0);
        for (var i = 0; i < length; i++) head.Store(i, query.Pointer + (nint)i * headSize, query.Pointer + (nint)(i + 1) * headSize);
        for (var h = 0; h < heads; h++) Attention.Forward(head, query.Pointer + h * headSize, headSize, 1, length, alone.Pointer + h * headSize, scratch.Pointer);
        DecodeAttention.Forward(head, query.Pointer, heads, length, together.Pointer, scratch.Pointer);
        Assert.Equal(alone.Span[..(headSize * heads)].ToArray(), together.Span[..(headSize * heads)].ToArray());
        Assert.Contains(alone.Span[..(headSize * heads)].ToArray(), v => v != 0);
    }
}
