from aiohttp import web
from aiohttp.test_utils import AioHTTPTestCase, TestServer, unittest_run_loop

from shop.app import make_app


async def shoes(request):
    return web.Response(text='30')


async def received(request):
    data = await request.post()
    field = data['list']
    return web.Response(text='%s %s' % (field.filename, field.file.read().decode()))


class ShopTest(AioHTTPTestCase):
    def get_app(self):
        return make_app()

    async def setUpAsync(self):
        await super().setUpAsync()
        prices = web.Application()
        prices.router.add_get('/shoes', shoes)
        prices.router.add_post('/lists', received)
        self.prices = TestServer(prices)
        await self.prices.start_server()

    async def tearDownAsync(self):
        await self.prices.close()
        await super().tearDownAsync()

    @unittest_run_loop
    async def test_index(self):
        response = await self.client.get('/', verify_ssl=False)
        self.assertEqual(await response.text(), 'the shop is open')
        self.assertEqual(response.cookies['seen'].value, 'yes')
        self.assertEqual(response.headers['Content-Encoding'], 'deflate')

    @unittest_run_loop
    async def test_order(self):
        response = await self.client.post('/order', data=b'two shoes')
        self.assertEqual(await response.text(), 'TWO SHOES')
        response = await self.client.post('/order', allow_redirects=False)
        self.assertEqual(response.status, 302)

    @unittest_run_loop
    async def test_price(self):
        url = str(self.prices.make_url('/shoes'))
        response = await self.client.get('/price', params={'url': url})
        self.assertEqual(await response.text(), '/shoes costs 30')
        url = str(self.prices.make_url('/hats'))
        response = await self.client.get('/price', params={'url': url})
        self.assertEqual(await response.text(), 'error 404')

    @unittest_run_loop
    async def test_list(self):
        prices = self.app['prices']
        text = await prices.send_list(str(self.prices.make_url('/lists')), b'shoes')
        self.assertEqual(text, 'list shoes')

    @unittest_run_loop
    async def test_chat(self):
        async with self.client.ws_connect('/chat', timeout=5, receive_timeout=60) as ws:
            await ws.send_str('eve')
            self.assertEqual(await ws.receive_str(), 'eve says hello')
            await ws.send_str('bye')
            self.assertEqual(await ws.receive_str(), 'bye')
